// Pools over u8 NHWC, `channels` a multiple of 8. Windows are clipped to the image: a maximum does
// not see the border, and a mean counts the pixels inside.

export function maxPool(
  from: usize, height: i32, width: i32, channels: i32,
  to: usize, outHeight: i32, outWidth: i32,
  kernelY: i32, kernelX: i32, strideY: i32, strideX: i32, top: i32, left: i32,
): void {
  for (let y = 0; y < outHeight; y++) {
    const y0 = max(y * strideY - top, 0), y1 = min(y * strideY - top + kernelY, height);
    for (let x = 0; x < outWidth; x++, to += channels) {
      const x0 = max(x * strideX - left, 0), x1 = min(x * strideX - left + kernelX, width);
      let c = 0;
      for (; c + 16 <= channels; c += 16) {
        let best = i8x16.splat(0);
        for (let i = y0; i < y1; i++) {
          let at = from + (i * width + x0) * channels + c;
          for (let j = x0; j < x1; j++, at += channels) best = i8x16.max_u(best, v128.load(at));
        }
        v128.store(to + c, best);
      }
      if (c < channels) {
        let best = i8x16.splat(0);
        for (let i = y0; i < y1; i++) {
          let at = from + (i * width + x0) * channels + c;
          for (let j = x0; j < x1; j++, at += channels) {
            best = i8x16.max_u(best, v128.load64_zero(at));
          }
        }
        v128.store64_lane(to + c, best, 0);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function nearest(x: v128, zero: v128): v128 {
  return i32x4.add(i32x4.trunc_sat_f32x4_s(f32x4.nearest(x)), zero);
}

/**
 * AveragePool between a dequantization and a quantization, computed on floats in the order of
 * onnxruntime: sum of (q - zero) * step over rows and columns, divided by the count, by outStep.
 */
export function averagePool(
  from: usize, height: i32, width: i32, channels: i32,
  to: usize, outHeight: i32, outWidth: i32,
  kernelY: i32, kernelX: i32, strideY: i32, strideX: i32, top: i32, left: i32, countAll: i32,
  zero: i32, step: f32, outZero: i32, outStep: f32,
): void {
  const z = i16x8.splat(<i16>zero), s = f32x4.splat(step), by = f32x4.splat(outStep);
  const oz = i32x4.splat(outZero);
  for (let y = 0; y < outHeight; y++) {
    const y0 = max(y * strideY - top, 0), y1 = min(y * strideY - top + kernelY, height);
    for (let x = 0; x < outWidth; x++) {
      const x0 = max(x * strideX - left, 0), x1 = min(x * strideX - left + kernelX, width);
      const count = countAll ? kernelY * kernelX : (y1 - y0) * (x1 - x0);
      const n = f32x4.splat(<f32>count);
      for (let c = 0; c < channels; c += 8, to += 8) {
        let low = f32x4.splat(0), high = low;
        for (let i = y0; i < y1; i++) {
          let at = from + (i * width + x0) * channels + c;
          for (let j = x0; j < x1; j++, at += channels) {
            const q = i16x8.sub(v128.load_ext<u8>(at), z);
            const a = f32x4.convert_i32x4_s(i32x4.extend_low_i16x8_s(q));
            const b = f32x4.convert_i32x4_s(i32x4.extend_high_i16x8_s(q));
            low = f32x4.add(low, f32x4.mul(a, s));
            high = f32x4.add(high, f32x4.mul(b, s));
          }
        }
        const h = i16x8.narrow_i32x4_s(nearest(f32x4.div(f32x4.div(low, n), by), oz),
          nearest(f32x4.div(f32x4.div(high, n), by), oz));
        v128.store64_lane(to, i8x16.narrow_i16x8_u(h, h), 0);
      }
    }
  }
}

/** Mean of a whole image: round((sum - pixels * zero) * scale) + outZero, the sum an integer. */
export function globalPool(
  from: usize, pixels: i32, channels: i32, to: usize, zero: i32, scale: f32, outZero: i32,
): void {
  const base = i32x4.splat(-pixels * zero), s = f32x4.splat(scale), oz = i32x4.splat(outZero);
  for (let c = 0; c < channels; c += 8) {
    let low = base, high = base, at = from + c;
    for (let p = 0; p < pixels; p++, at += channels) {
      const q = v128.load_ext<u8>(at);
      low = i32x4.add(low, i32x4.extend_low_i16x8_u(q));
      high = i32x4.add(high, i32x4.extend_high_i16x8_u(q));
    }
    const h = i16x8.narrow_i32x4_s(nearest(f32x4.mul(f32x4.convert_i32x4_s(low), s), oz),
      nearest(f32x4.mul(f32x4.convert_i32x4_s(high), s), oz));
    v128.store64_lane(to + c, i8x16.narrow_i16x8_u(h, h), 0);
  }
}

/** Each byte by a table of 256: a requantization between two scales. */
export function lookup(from: usize, to: usize, count: i32, table: usize): void {
  for (let i = 0; i < count; i++) store<u8>(to + i, load<u8>(table + load<u8>(from + i)));
}
