// A convolution as a product: packed pixels times panels of 8 channels.
import { tile1, tile4 } from './tile';

/** i8 to i16, `count` a multiple of 16. */
export function widenWeights(from: usize, to: usize, count: i32): void {
  for (const end = from + count; from < end; from += 16, to += 32) {
    v128.store(to, v128.load_ext<i8>(from));
    v128.store(to, v128.load_ext<i8>(from, 8), 16);
  }
}

/** u8 to i16 less the zero point, `count` a multiple of 8. */
export function widenPixels(from: usize, to: usize, count: i32, zero: i32): void {
  const z = i16x8.splat(<i16>zero);
  for (const end = from + count; from < end; from += 8, to += 16) {
    v128.store(to, i16x8.sub(v128.load_ext<u8>(from), z));
  }
}

/**
 * im2row: `rows` rows of `run` bytes for each of the pixels [first, last) of an output `width`
 * wide. Stores run over by up to 7 elements; what follows overwrites them, and where nothing
 * follows the weights are 0.
 */
export function packPixels(
  image: usize, rowBytes: i32, rows: i32, run: i32, stepX: i32, stepY: i32, width: i32,
  first: i32, last: i32, to: usize, depth: i32, zero: i32,
): void {
  const z = i16x8.splat(<i16>zero);
  let y = first / width, x = first - y * width;
  for (let p = first; p < last; p++, to += <usize>depth << 1) {
    let from = image + y * stepY + x * stepX, d = to;
    for (let i = 0; i < rows; i++, from += rowBytes, d += <usize>run << 1) {
      let o = d;
      for (let q = from, end = from + run; q < end; q += 8, o += 16) {
        v128.store(o, i16x8.sub(v128.load_ext<u8>(q), z));
      }
    }
    if (++x == width) { x = 0; y++; }
  }
}

/** The image into a larger one whose border holds the zero point, that is, real zero. */
export function padImage(
  from: usize, height: i32, width: i32, channels: i32,
  to: usize, paddedHeight: i32, paddedWidth: i32, top: i32, left: i32, zero: i32,
): void {
  const row = paddedWidth * channels, run = width * channels, lead = left * channels;
  memory.fill(to, <u8>zero, top * row);
  to += top * row;
  for (let y = 0; y < height; y++, to += row, from += run) {
    memory.fill(to, <u8>zero, lead);
    memory.copy(to + lead, from, run);
    memory.fill(to + lead + run, <u8>zero, row - lead - run);
  }
  memory.fill(to, <u8>zero, (paddedHeight - top - height) * row);
}

/**
 * a: i16 [pixels][depth]; weights: i8 [channels/8][depth/2][8][2]; out: u8 [pixels][ldo].
 * A panel of weights is widened into scratch once for all pixels of the block.
 */
export function gemm(
  a: usize, depth: i32, pixels: i32, weights: usize, channels: i32, panel: usize,
  bias: usize, scale: usize, out: usize, res: usize, ldo: i32,
): void {
  const lda = <usize>depth << 1, whole = pixels & ~3, rest = a + <usize>whole * lda;
  const restOut = whole * ldo;
  for (let n = 0; n < channels; n += 8, bias += 32, scale += 32) {
    widenWeights(weights, panel, depth * 8);
    weights += depth * 8;
    const r = res ? res + n : 0, rr = res ? r + restOut : 0;
    tile4(a, lda, panel, depth, bias, scale, out + n, ldo, r, whole);
    tile1(rest, lda, panel, depth, bias, scale, out + n + restOut, ldo, rr, pixels & 3);
  }
}
