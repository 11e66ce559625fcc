// The machine's limit for these kernels: 10 independent chains of pmaddwd and paddd, two operands
// changing each turn so that nothing can be hoisted, no other memory traffic. 80 multiply-adds a
// turn; 12 chains would spill registers. Built on its own, for benchmarks.
export function peak(turns: i32): i32 {
  const w = i16x8.splat(3);
  let c0 = i32x4.splat(0), c1 = c0, c2 = c0, c3 = c0, c4 = c0, c5 = c0;
  let c6 = c0, c7 = c0, c8 = c0, c9 = c0;
  for (let i = 0; i < turns; i++) {
    const a = v128.load32_splat(8 + ((i & 7) << 2)), b = v128.load32_splat(48 + ((i & 7) << 2));
    c0 = i32x4.add(c0, i32x4.dot_i16x8_s(c0, a));
    c1 = i32x4.add(c1, i32x4.dot_i16x8_s(w, a));
    c2 = i32x4.add(c2, i32x4.dot_i16x8_s(c2, b));
    c3 = i32x4.add(c3, i32x4.dot_i16x8_s(c3, a));
    c4 = i32x4.add(c4, i32x4.dot_i16x8_s(c4, b));
    c5 = i32x4.add(c5, i32x4.dot_i16x8_s(w, b));
    c6 = i32x4.add(c6, i32x4.dot_i16x8_s(c6, a));
    c7 = i32x4.add(c7, i32x4.dot_i16x8_s(c7, b));
    c8 = i32x4.add(c8, i32x4.dot_i16x8_s(c8, a));
    c9 = i32x4.add(c9, i32x4.dot_i16x8_s(c9, b));
  }
  const s = i32x4.add(i32x4.add(i32x4.add(c0, c1), i32x4.add(c2, c3)),
    i32x4.add(i32x4.add(c4, c5), i32x4.add(c6, c7)));
  const t = i32x4.add(s, i32x4.add(c8, c9));
  return i32x4.extract_lane(t, 0) + i32x4.extract_lane(t, 1) + i32x4.extract_lane(t, 2)
    + i32x4.extract_lane(t, 3);
}
