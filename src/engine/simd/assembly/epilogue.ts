// From i32 sums to u8: y = clamp(round(sum * scale) + zero), then, where a residual is added, once
// more. Rounding is half to even: adding 1.5 * 2^23 leaves the rounded integer in the low mantissa
// bits for |x| < 2^22, which the planner proves for each channel. Saturating narrows do the clamp.

const MAGIC: f32 = 12582912.0;
const MAGIC_BITS: i32 = 0x4b400000;

/** Zero point of the convolution's own output, and the least value that a ReLU lets through. */
let ownZero: i32 = 0;
let floorOut: i32 = 0;
// The residual addition: y = round(((q - ownZero) * ownStep + (r - resZero) * resStep) / outStep)
// + outZero, each step in f32 and with a division, as onnxruntime-web computes it. ownStep is 0
// where there is none.
let ownStep: f32 = 0;
let resZero: i32 = 0;
let resStep: f32 = 0;
let outZero: i32 = 0;
let outStep: f32 = 1;

export function setOutput(zero: i32, floor: i32): void {
  ownZero = zero;
  floorOut = floor;
}

export function setResidual(
  qStep: f32, rZero: i32, rStep: f32, yZero: i32, yStep: f32, floor: i32,
): void {
  ownStep = qStep;
  resZero = rZero;
  resStep = rStep;
  outZero = yZero;
  outStep = yStep;
  floorOut = floor;
}

// @ts-ignore: decorator
@inline
export function mac(c: v128, w: v128, x: v128): v128 {
  return i32x4.add(c, i32x4.dot_i16x8_s(w, x));
}

// @ts-ignore: decorator
@inline
function round(v: v128, s: v128, off: v128): v128 {
  return i32x4.sub(
    f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(v), s), f32x4.splat(MAGIC)), off);
}

/** 8 channels of one pixel, no residual. */
// @ts-ignore: decorator
@inline
export function put(v0: v128, v1: v128, s0: v128, s1: v128, out: usize): void {
  const off = i32x4.splat(MAGIC_BITS - ownZero);
  const h = i16x8.narrow_i32x4_s(round(v0, s0, off), round(v1, s1, off));
  const y = i8x16.max_u(i8x16.narrow_i16x8_u(h, h), i8x16.splat(<i8>floorOut));
  v128.store64_lane(out, y, 0);
}

// (q - ownZero) * ownStep: the clamp to u8 happens on floats, so that no integer is made between.
// @ts-ignore: decorator
@inline
function own(v: v128, s: v128): v128 {
  const low = f32x4.splat(MAGIC - <f32>ownZero);
  const high = f32x4.splat(MAGIC + 255.0 - <f32>ownZero);
  const t = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(v), s), f32x4.splat(MAGIC));
  const q = f32x4.sub(f32x4.pmin(f32x4.pmax(t, low), high), f32x4.splat(MAGIC));
  return f32x4.mul(q, f32x4.splat(ownStep));
}

/** 8 channels of one pixel, and the residual added. */
// @ts-ignore: decorator
@inline
export function putSum(
  v0: v128, v1: v128, s0: v128, s1: v128, out: usize, res: usize,
): void {
  const r = i16x8.sub(v128.load_ext<u8>(res), i16x8.splat(<i16>resZero));
  const y = sum(own(v0, s0), own(v1, s1), r);
  v128.store64_lane(out, y, 0);
}

// @ts-ignore: decorator
@inline
function sum(q0: v128, q1: v128, r: v128): v128 {
  const step = f32x4.splat(resStep), by = f32x4.splat(outStep), magic = f32x4.splat(MAGIC);
  const off = i32x4.splat(MAGIC_BITS - outZero);
  const r0 = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(r)), step);
  const r1 = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(r)), step);
  const y0 = f32x4.add(f32x4.div(f32x4.add(q0, r0), by), magic);
  const y1 = f32x4.add(f32x4.div(f32x4.add(q1, r1), by), magic);
  const h = i16x8.narrow_i32x4_s(i32x4.sub(y0, off), i32x4.sub(y1, off));
  return i8x16.max_u(i8x16.narrow_i16x8_u(h, h), i8x16.splat(<i8>floorOut));
}

/** An addition of its own: q and r are u8, `count` a multiple of 8. Constants as for a residual. */
export function add(q: usize, r: usize, out: usize, count: i32): void {
  const qz = i16x8.splat(<i16>ownZero), rz = i16x8.splat(<i16>resZero);
  const step = f32x4.splat(ownStep);
  for (const end = out + count; out < end; out += 8, q += 8, r += 8) {
    const a = i16x8.sub(v128.load_ext<u8>(q), qz), b = i16x8.sub(v128.load_ext<u8>(r), rz);
    const a0 = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(a)), step);
    const a1 = f32x4.mul(f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(a)), step);
    v128.store64_lane(out, sum(a0, a1, b), 0);
  }
}
