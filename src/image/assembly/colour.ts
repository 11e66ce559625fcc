// Full-width component rows to red, green and blue rows (libjpeg's jdcolor.c).

// @ts-ignore: decorator
@inline
function pair(a: i16, b: i16): v128 {
  return i16x8(a, b, a, b, a, b, a, b);
}

// (26345 cr + 32768) >> 16 as a rounding q15 product: 13173 gives the same for all 256 values,
// and 7471 is exactly half of 14942. See colour.node.test.ts, which tries them all.
// @ts-ignore: decorator
@inline
function red(y: v128, cr: v128): v128 {
  return i16x8.add(i16x8.add(y, cr), i16x8.q15mulr_sat_s(cr, i16x8.splat(13173)));
}

// 116130 = 131072 - 14942
// @ts-ignore: decorator
@inline
function blue(y: v128, cb: v128): v128 {
  return i16x8.add(
    i16x8.add(y, i16x8.add(cb, cb)),
    i16x8.q15mulr_sat_s(cb, i16x8.splat(-7471)),
  );
}

// -22554 cb - 46802 cr = 2 (-11277 cb + 9367 cr) - 65536 cr
// @ts-ignore: decorator
@inline
function green(y: v128, cb: v128, cr: v128): v128 {
  const factors = pair(-11277, 9367);
  const half = i32x4.splat(16384);
  const low = v128.shuffle<i16>(cb, cr, 0, 8, 1, 9, 2, 10, 3, 11);
  const high = v128.shuffle<i16>(cb, cr, 4, 12, 5, 13, 6, 14, 7, 15);
  const scaled = i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(low, factors), half), 15),
    i32x4.shr_s(i32x4.add(i32x4.dot_i16x8_s(high, factors), half), 15),
  );
  return i16x8.add(i16x8.sub(y, cr), scaled);
}

/** r = y + 1.402 cr and so on, in 16 fractional bits; columns from to end - 1. */
export function yccToRgb(
  y: usize, cb: usize, cr: usize, r: usize, g: usize, b: usize, from: usize, end: usize,
): void {
  const bias = i16x8.splat(128);
  for (let x = from; x < end; x += 16) {
    const yl = v128.load_ext<u8>(y + x);
    const bl = i16x8.sub(v128.load_ext<u8>(cb + x), bias);
    const rl = i16x8.sub(v128.load_ext<u8>(cr + x), bias);
    const yh = v128.load_ext<u8>(y + x, 8);
    const bh = i16x8.sub(v128.load_ext<u8>(cb + x, 8), bias);
    const rh = i16x8.sub(v128.load_ext<u8>(cr + x, 8), bias);
    v128.store(r + x, i8x16.narrow_i16x8_u(red(yl, rl), red(yh, rh)));
    v128.store(g + x, i8x16.narrow_i16x8_u(green(yl, bl, rl), green(yh, bh, rh)));
    v128.store(b + x, i8x16.narrow_i16x8_u(blue(yl, bl), blue(yh, bh)));
  }
}

/** Adobe's inverted CMYK as OpenCV composes it: k - ((255 - c) * k >> 8), in place. */
export function composeBlack(c: usize, k: usize, from: usize, end: usize): void {
  for (let x = from; x < end; x++) {
    const black = u32(load<u8>(k + x));
    store<u8>(c + x, u8(black - (((255 - u32(load<u8>(c + x))) * black) >> 8)));
  }
}

/** 255 - v, in place. */
export function invert(row: usize, from: usize, end: usize): void {
  for (let x = from; x < end; x += 16) v128.store(row + x, v128.not(v128.load(row + x)));
}
