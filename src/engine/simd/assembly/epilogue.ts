// From i32 sums to u8: y = clamp(round(sum * scale) + zero), then, where a residual is added, once
// more. Rounding is half to even: adding 1.5 * 2^23 leaves the rounded integer in the low mantissa
// bits for |x| < 2^22, which the planner proves for each channel. Saturating narrows do the clamp.
//
// The constants of a step lie in memory as whole vectors: a load takes no
// vector unit, a splat does.

const MAGIC: f32 = 12582912.0;
const MAGIC_BITS: i32 = 0x4b400000;

const OWN_OFFSET: usize = 256; // i32 MAGIC_BITS - zero of the convolution's own output
const FLOOR: usize = 272; // u8, what a ReLU lets through at least
const MAGICS: usize = 288; // f32
const LOW: usize = 304; // f32 MAGIC + (0 - own zero)
const HIGH: usize = 320; // f32 MAGIC + (255 - own zero)
const OWN_STEP: usize = 336; // f32
const RES_BASE: usize = 352; // f32 2^23 + zero of the residual
const RES_STEP: usize = 368; // f32
const OUT_STEP: usize = 384; // f32
const OUT_OFFSET: usize = 400; // i32 MAGIC_BITS - zero of the sum
const EXPONENT: usize = 416; // i16 0x4b00, the upper half of f32 2^23
const OWN_ZERO: usize = 432; // i16

export function setOutput(zero: i32, floor: i32): void {
  v128.store(OWN_OFFSET, i32x4.splat(MAGIC_BITS - zero));
  v128.store(FLOOR, i8x16.splat(<i8>floor));
  v128.store(MAGICS, f32x4.splat(MAGIC));
  v128.store(LOW, f32x4.splat(MAGIC - <f32>zero));
  v128.store(HIGH, f32x4.splat(MAGIC + 255.0 - <f32>zero));
  v128.store(OWN_ZERO, i16x8.splat(<i16>zero));
}

/**
 * The residual addition: y = round(((q - own zero) * ownStep + (r - resZero) * resStep) / outStep)
 * + outZero, each operation in f32 and with a division, as onnxruntime-web computes it.
 */
export function setResidual(
  ownStep: f32, resZero: i32, resStep: f32, outZero: i32, outStep: f32, floor: i32,
): void {
  v128.store(OWN_STEP, f32x4.splat(ownStep));
  v128.store(RES_BASE, f32x4.splat(8388608.0 + <f32>resZero));
  v128.store(RES_STEP, f32x4.splat(resStep));
  v128.store(OUT_STEP, f32x4.splat(outStep));
  v128.store(OUT_OFFSET, i32x4.splat(MAGIC_BITS - outZero));
  v128.store(EXPONENT, i16x8.splat(0x4b00));
  v128.store(FLOOR, i8x16.splat(<i8>floor));
}

// @ts-ignore: decorator
@inline
export function mac(c: v128, w: v128, x: v128): v128 {
  return i32x4.add(c, i32x4.dot_i16x8_s(w, x));
}

// @ts-ignore: decorator
@inline
function round(v: v128, s: v128): v128 {
  const x = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(v), s), v128.load(MAGICS));
  return i32x4.sub(x, v128.load(OWN_OFFSET));
}

/** 8 channels of one pixel, no residual. */
// @ts-ignore: decorator
@inline
export function put(v0: v128, v1: v128, s0: v128, s1: v128, out: usize): void {
  const h = i16x8.narrow_i32x4_s(round(v0, s0), round(v1, s1));
  v128.store64_lane(out, i8x16.max_u(i8x16.narrow_i16x8_u(h, h), v128.load(FLOOR)), 0);
}

/** 8 channels of two pixels, `ldo` bytes apart. */
// @ts-ignore: decorator
@inline
export function putTwo(
  v0: v128, v1: v128, v2: v128, v3: v128, s0: v128, s1: v128, out: usize, ldo: usize,
): void {
  const h = i16x8.narrow_i32x4_s(round(v0, s0), round(v1, s1));
  const i = i16x8.narrow_i32x4_s(round(v2, s0), round(v3, s1));
  const y = i8x16.max_u(i8x16.narrow_i16x8_u(h, i), v128.load(FLOOR));
  v128.store64_lane(out, y, 0);
  v128.store64_lane(out + ldo, y, 1);
}

// (q - own zero) * ownStep: the clamp to u8 happens on floats, so that no integer is made between.
// @ts-ignore: decorator
@inline
function own(v: v128, s: v128): v128 {
  const t = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(v), s), v128.load(MAGICS));
  const q = f32x4.pmin(f32x4.pmax(t, v128.load(LOW)), v128.load(HIGH));
  return f32x4.mul(f32x4.sub(q, v128.load(MAGICS)), v128.load(OWN_STEP));
}

// 4 bytes r as (r - zero) * resStep: beneath the exponent of 2^23 they are floats at once.
// @ts-ignore: decorator
@inline
function resLow(r: v128): v128 {
  const x = i8x16.shuffle(r, v128.load(EXPONENT),
    0, 1, 16, 17, 2, 3, 18, 19, 4, 5, 20, 21, 6, 7, 22, 23);
  return f32x4.mul(f32x4.sub(x, v128.load(RES_BASE)), v128.load(RES_STEP));
}

// @ts-ignore: decorator
@inline
function resHigh(r: v128): v128 {
  const x = i8x16.shuffle(r, v128.load(EXPONENT),
    8, 9, 24, 25, 10, 11, 26, 27, 12, 13, 28, 29, 14, 15, 30, 31);
  return f32x4.mul(f32x4.sub(x, v128.load(RES_BASE)), v128.load(RES_STEP));
}

// @ts-ignore: decorator
@inline
function sum(q0: v128, q1: v128, res: usize): v128 {
  const r = v128.load_ext<u8>(res);
  const x0 = f32x4.div(f32x4.add(q0, resLow(r)), v128.load(OUT_STEP));
  const x1 = f32x4.div(f32x4.add(q1, resHigh(r)), v128.load(OUT_STEP));
  const y0 = i32x4.sub(f32x4.add(x0, v128.load(MAGICS)), v128.load(OUT_OFFSET));
  const y1 = i32x4.sub(f32x4.add(x1, v128.load(MAGICS)), v128.load(OUT_OFFSET));
  return i16x8.narrow_i32x4_s(y0, y1);
}

/** 8 channels of one pixel, and the residual added. */
// @ts-ignore: decorator
@inline
export function putSum(
  v0: v128, v1: v128, s0: v128, s1: v128, out: usize, res: usize,
): void {
  const h = sum(own(v0, s0), own(v1, s1), res);
  v128.store64_lane(out, i8x16.max_u(i8x16.narrow_i16x8_u(h, h), v128.load(FLOOR)), 0);
}

/** An addition of its own: q and r are u8, `count` a multiple of 8. Constants as for a residual. */
export function add(q: usize, r: usize, out: usize, count: i32): void {
  for (const end = out + count; out < end; out += 8, q += 8, r += 8) {
    const a = i16x8.sub(v128.load_ext<u8>(q), v128.load(OWN_ZERO));
    const a0 = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(a));
    const a1 = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(a));
    const step = v128.load(OWN_STEP), h = sum(f32x4.mul(a0, step), f32x4.mul(a1, step), r);
    v128.store64_lane(out, i8x16.max_u(i8x16.narrow_i16x8_u(h, h), v128.load(FLOOR)), 0);
  }
}
