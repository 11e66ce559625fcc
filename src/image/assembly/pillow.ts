// PIL.Image.resize on bytes: 22-bit weights, each pass rounded to bytes, see plan.ts.

const HALF: i32 = 1 << 21;

// @ts-ignore: decorator
@inline
function total(low: v128, high: v128): v128 {
  // A weight is high * 2048 + low, so that both parts fit products of i16 pairs.
  return i32x4.add(low, i32x4.shl(high, 11));
}

/**
 * One pass along three lines: count x RGB bytes at `to`, which gets one byte more.
 * `table`: for each output i32 first column, i32 groups of 8 taps, i32 address of its weights;
 * a group has 8 i16 low parts (0 to 2047) and 8 i16 high parts.
 */
export function filterAcross(
  lines: usize, lineBytes: usize, count: i32, table: usize, to: usize,
): void {
  const green = lines + lineBytes;
  const blue = green + lineBytes;
  const half = i32x4.splat(HALF);
  for (let i = 0; i < count; i++) {
    let x = load<usize>(table);
    let weights = load<usize>(table, 8);
    const weightsEnd = weights + (load<usize>(table, 4) << 5);
    let rl = i32x4.splat(0);
    let rh = rl;
    let gl = rl;
    let gh = rl;
    let bl = rl;
    let bh = rl;
    while (weights < weightsEnd) {
      const low = v128.load(weights);
      const high = v128.load(weights, 16);
      const r = v128.load_ext<u8>(lines + x);
      rl = i32x4.add(rl, i32x4.dot_i16x8_s(r, low));
      rh = i32x4.add(rh, i32x4.dot_i16x8_s(r, high));
      const g = v128.load_ext<u8>(green + x);
      gl = i32x4.add(gl, i32x4.dot_i16x8_s(g, low));
      gh = i32x4.add(gh, i32x4.dot_i16x8_s(g, high));
      const b = v128.load_ext<u8>(blue + x);
      bl = i32x4.add(bl, i32x4.dot_i16x8_s(b, low));
      bh = i32x4.add(bh, i32x4.dot_i16x8_s(b, high));
      weights += 32;
      x += 8;
    }
    const r = total(rl, rh);
    const g = total(gl, gh);
    const b = total(bl, bh);
    // r0+r2 g0+g2 r1+r3 g1+g3, the same for blue, then both halves added.
    const rg = i32x4.add(
      v128.shuffle<i32>(r, g, 0, 4, 1, 5), v128.shuffle<i32>(r, g, 2, 6, 3, 7));
    const bb = i32x4.add(
      v128.shuffle<i32>(b, b, 0, 4, 1, 5), v128.shuffle<i32>(b, b, 2, 6, 3, 7));
    const rgb = i32x4.add(v128.shuffle<i64>(rg, bb, 0, 2), v128.shuffle<i64>(rg, bb, 1, 3));
    const shifted = i32x4.shr_s(i32x4.add(rgb, half), 22);
    const words = i16x8.narrow_i32x4_s(shifted, shifted);
    v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
    table += 12;
    to += 3;
  }
}

/** sums[i] += row[i] * weight for i from `from` to end - 1; `first` begins with the rounding. */
export function addRow(
  row: usize, sums: usize, weight: i32, from: i32, end: i32, first: i32,
): void {
  const w = i32x4.splat(weight);
  if (first) {
    const half = i32x4.splat(HALF);
    for (let i = usize(from); i < usize(end); i += 8) {
      const v = v128.load_ext<u8>(row + i);
      const at = sums + (i << 2);
      v128.store(at, i32x4.add(half, i32x4.mul(i32x4.extend_low_i16x8_u(v), w)));
      v128.store(at, i32x4.add(half, i32x4.mul(i32x4.extend_high_i16x8_u(v), w)), 16);
    }
    return;
  }
  for (let i = usize(from); i < usize(end); i += 8) {
    const v = v128.load_ext<u8>(row + i);
    const at = sums + (i << 2);
    const low = i32x4.mul(i32x4.extend_low_i16x8_u(v), w);
    const high = i32x4.mul(i32x4.extend_high_i16x8_u(v), w);
    v128.store(at, i32x4.add(v128.load(at), low));
    v128.store(at, i32x4.add(v128.load(at, 16), high), 16);
  }
}

/** clip8(sums >> 22), indexes from `from` to end - 1. */
export function finishPlanar(sums: usize, from: i32, end: i32, to: usize): void {
  for (let i = usize(from); i < usize(end); i += 8) {
    const at = sums + (i << 2);
    const words = i16x8.narrow_i32x4_s(
      i32x4.shr_s(v128.load(at), 22), i32x4.shr_s(v128.load(at, 16), 22));
    v128.store64_lane(to + i, i8x16.narrow_i16x8_u(words, words), 0);
  }
}

/** The same for an output row, which may have no room after its last byte. */
export function finishInterleaved(sums: usize, count: i32, to: usize): void {
  const whole = count & ~7;
  finishPlanar(sums, 0, whole, to);
  for (let i = whole; i < count; i++) {
    const value = load<i32>(sums + (usize(i) << 2)) >> 22;
    store<u8>(to + usize(i), u8(value < 0 ? 0 : value > 255 ? 255 : value));
  }
}
