// cv2.resize INTER_LINEAR on bytes: 11-bit weights, see plan.ts.

/**
 * Columns' pass along a line: sums >> 4 as i16 (at most 255 * 2048 >> 4 = 32640).
 * `table`: count x i32 column of the first of two neighbours, padded to 8, then count x two i16
 * weights. `work` takes count x 2 bytes.
 */
export function openCvAcross(
  line: usize, count: i32, table: usize, work: usize, sums: usize,
): void {
  const padded = (usize(count) + 7) & ~7;
  for (let i: usize = 0; i < padded; i++) {
    store<u16>(work + (i << 1), load<u16>(line + load<u32>(table + (i << 2))));
  }
  const weights = table + (padded << 2);
  for (let i: usize = 0; i < padded; i += 8) {
    const low = i32x4.dot_i16x8_s(
      v128.load_ext<u8>(work + (i << 1)), v128.load(weights + (i << 2)));
    const high = i32x4.dot_i16x8_s(
      v128.load_ext<u8>(work + (i << 1), 8), v128.load(weights + (i << 2), 16));
    v128.store(
      sums + (i << 1), i16x8.narrow_i32x4_s(i32x4.shr_s(low, 4), i32x4.shr_s(high, 4)));
  }
}

// @ts-ignore: decorator
@inline
function scaled(v: v128, weight: v128): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.extmul_low_i16x8_s(v, weight), 16),
    i32x4.shr_s(i32x4.extmul_high_i16x8_s(v, weight), 16),
  );
}

/** Rows' pass between two rows of sums. */
export function blendRows(
  a: usize, b: usize, weightA: i16, weightB: i16, count: i32, to: usize,
): void {
  const wa = i16x8.splat(weightA);
  const wb = i16x8.splat(weightB);
  const two = i16x8.splat(2);
  for (let i: usize = 0; i < usize(count); i += 8) {
    const sum = i16x8.add(
      i16x8.add(scaled(v128.load(a + (i << 1)), wa), scaled(v128.load(b + (i << 1)), wb)), two);
    const value = i16x8.shr_s(sum, 2);
    v128.store64_lane(to + i, i8x16.narrow_i16x8_u(value, value), 0);
  }
}

/** Swapped axes, columns' pass: between two lines, for every stored column of the window. */
export function openCvDown(
  a: usize, b: usize, weightA: i16, weightB: i16, sums: usize, from: usize, end: usize,
): void {
  const weights = i16x8(
    weightA, weightB, weightA, weightB, weightA, weightB, weightA, weightB);
  for (let x = from; x < end; x += 8) {
    const va = v128.load_ext<u8>(a + x);
    const vb = v128.load_ext<u8>(b + x);
    const low = i32x4.dot_i16x8_s(
      v128.shuffle<i16>(va, vb, 0, 8, 1, 9, 2, 10, 3, 11), weights);
    const high = i32x4.dot_i16x8_s(
      v128.shuffle<i16>(va, vb, 4, 12, 5, 13, 6, 14, 7, 15), weights);
    v128.store(
      sums + (x << 1), i16x8.narrow_i32x4_s(i32x4.shr_s(low, 4), i32x4.shr_s(high, 4)));
  }
}

/**
 * Swapped axes, rows' pass, along the sums. `table`: for each output two i32 columns and two i32
 * weights. The products are shifted one by one, so equal columns must not be merged.
 */
export function openCvSwapped(
  sums: usize, count: i32, table: usize, to: usize, step: usize,
): void {
  for (let i = 0; i < count; i++) {
    const a = (i32(load<i16>(sums + (load<u32>(table) << 1))) * load<i32>(table, 8)) >> 16;
    const b = (i32(load<i16>(sums + (load<u32>(table, 4) << 1))) * load<i32>(table, 12)) >> 16;
    store<u8>(to, u8((a + b + 2) >> 2));
    table += 16;
    to += step;
  }
}
