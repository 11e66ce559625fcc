/** QuantizeLinear of f32 NCHW into u8 NHWC: x / step half to even, plus zero, saturated. */
export function quantizeInput(
  from: usize, pixels: i32, channels: i32, to: usize, pixelBytes: i32, step: f32, zero: i32,
): void {
  const by = f32x4.splat(step), z = i32x4.splat(zero);
  for (let c = 0; c < channels; c++) {
    let o = to + c, p = 0;
    for (; p + 4 <= pixels; p += 4, from += 16) {
      const x = f32x4.nearest(f32x4.div(v128.load(from), by));
      const q = i32x4.add(i32x4.trunc_sat_f32x4_s(bound(x)), z);
      const h = i16x8.narrow_i32x4_s(q, q), y = i8x16.narrow_i16x8_u(h, h);
      v128.store8_lane(o, y, 0);
      o += pixelBytes;
      v128.store8_lane(o, y, 1);
      o += pixelBytes;
      v128.store8_lane(o, y, 2);
      o += pixelBytes;
      v128.store8_lane(o, y, 3);
      o += pixelBytes;
    }
    for (; p < pixels; p++, from += 4, o += pixelBytes) {
      const x = f32x4.nearest(f32x4.div(f32x4.splat(load<f32>(from)), by));
      const q = i32x4.add(i32x4.trunc_sat_f32x4_s(bound(x)), z);
      const h = i16x8.narrow_i32x4_s(q, q);
      v128.store8_lane(o, i8x16.narrow_i16x8_u(h, h), 0);
    }
  }
}

// Far outside u8, so that adding the zero point cannot wrap.
// @ts-ignore: decorator
@inline
function bound(x: v128): v128 {
  return f32x4.max(f32x4.min(x, f32x4.splat(65536)), f32x4.splat(-65536));
}

/** The last layer where its output is not quantized: f32 (bias + sum) * scale, 8 channels. */
export function denseFloat(
  a: usize, depth: i32, weights: usize, channels: i32, bias: usize, scale: usize, out: usize,
): void {
  for (let n = 0; n < channels; n += 8, bias += 32, scale += 32, out += 32) {
    let c = v128.load(bias), d = v128.load(bias, 16);
    for (let k = 0; k < depth; k += 2, weights += 16) {
      const x = v128.load32_splat(a + (k << 1));
      c = i32x4.add(c, i32x4.dot_i16x8_s(v128.load_ext<i8>(weights), x));
      d = i32x4.add(d, i32x4.dot_i16x8_s(v128.load_ext<i8>(weights, 8), x));
    }
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(c), v128.load(scale)));
    v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(d), v128.load(scale, 16)), 16);
  }
}
