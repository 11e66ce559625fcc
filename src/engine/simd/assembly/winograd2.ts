// Winograd F(2x2, 3x3): more products than F(4x4, 3x3), but 16 matrices instead of 36. For images
// of one large tile, where the transform of the weights is what costs.
//
//   B^T = 1 0 -1  0    G = 2  0 0    A^T = 1 1  1  0    A^T [(G g) . (B^T d)] = 2 conv
//         0 1  1  0        1  1 1          0 1 -1 -1
//         0 -1 1  0        1 -1 1                       in two dimensions Z = 4 Y
//         0 1  0 -1        0  0 2
//
// |V| <= 4 * 255, |U| <= 9 * 127; Z >> 2 is Y where |Y| < 2^29. Layouts as in winograd.ts.
import { put, putSum } from './epilogue';
import { sums1, sums4 } from './tile';

const GAP: usize = 64;
const SCRATCH: usize = 1024;

// @ts-ignore: decorator
@inline
function four(d0: v128, d1: v128, d2: v128, d3: v128, o: usize, step: usize): void {
  v128.store(o, i16x8.sub(d0, d2));
  v128.store(o + step, i16x8.add(d1, d2));
  v128.store(o + 2 * step, i16x8.sub(d2, d1));
  v128.store(o + 3 * step, i16x8.sub(d1, d3));
}

// @ts-ignore: decorator
@inline
function pixel8(at: usize, z: v128): v128 {
  return i16x8.sub(v128.load_ext<u8>(at), z);
}

function input(
  image: usize, paddedWidth: i32, channels: i32, across: i32, first: i32, tiles: i32,
  v: usize, zero: i32,
): void {
  const z = i16x8.splat(<i16>zero), px = <usize>channels, row = <usize>(paddedWidth * channels);
  const step = (<usize>(tiles * channels) << 1) + GAP;
  let ty = first / across, tx = first - ty * across;
  for (let t = 0; t < tiles; t++) {
    const base = image + (ty * 2 * paddedWidth + tx * 2) * channels;
    for (let c = 0; c < channels; c += 8) {
      let s = base + c;
      for (let j: usize = 0; j < 64; j += 16, s += px) {
        four(pixel8(s, z), pixel8(s + row, z), pixel8(s + 2 * row, z), pixel8(s + 3 * row, z),
          SCRATCH + j, 64);
      }
      let o = v + ((t * channels + c) << 1);
      for (let d = SCRATCH; d < SCRATCH + 256; d += 64, o += 4 * step) {
        four(v128.load(d), v128.load(d, 16), v128.load(d, 32), v128.load(d, 48), o, step);
      }
    }
    if (++tx == across) { tx = 0; ty++; }
  }
}

// @ts-ignore: decorator
@inline
function weightRow(t0: v128, t1: v128, t2: v128, o: usize, step: usize): void {
  const s = i16x8.add(t0, t2);
  v128.store(o, i16x8.add(t0, t0));
  v128.store(o + step, i16x8.add(s, t1));
  v128.store(o + 2 * step, i16x8.sub(s, t1));
  v128.store(o + 3 * step, i16x8.add(t2, t2));
}

function transformWeights(w: usize, channels: i32, u: usize): void {
  const step = <usize>(channels * 16) + GAP, n = <usize>(channels * 8);
  for (let i: usize = 0; i < n; i += 8, w += 72) {
    let o = u + (i << 1);
    const a0 = v128.load_ext<i8>(w), a1 = v128.load_ext<i8>(w, 8), a2 = v128.load_ext<i8>(w, 16);
    const b0 = v128.load_ext<i8>(w, 24), b1 = v128.load_ext<i8>(w, 32);
    const b2 = v128.load_ext<i8>(w, 40), c0 = v128.load_ext<i8>(w, 48);
    const c1 = v128.load_ext<i8>(w, 56), c2 = v128.load_ext<i8>(w, 64);
    weightRow(i16x8.add(a0, a0), i16x8.add(a1, a1), i16x8.add(a2, a2), o, step);
    o += 4 * step;
    const s0 = i16x8.add(a0, c0), s1 = i16x8.add(a1, c1), s2 = i16x8.add(a2, c2);
    weightRow(i16x8.add(s0, b0), i16x8.add(s1, b1), i16x8.add(s2, b2), o, step);
    o += 4 * step;
    weightRow(i16x8.sub(s0, b0), i16x8.sub(s1, b1), i16x8.sub(s2, b2), o, step);
    o += 4 * step;
    weightRow(i16x8.add(c0, c0), i16x8.add(c1, c1), i16x8.add(c2, c2), o, step);
  }
}

function products(v: usize, channels: i32, tiles: i32, u: usize, m: usize): void {
  const lda = <usize>channels << 1, whole = <usize>(tiles & ~3), rest = tiles & 3;
  for (let p = 0; p < 16; p++) {
    sums4(v, lda, u, channels, m, tiles);
    if (rest) sums1(v + whole * lda, lda, u, channels, m + whole * 32, rest);
    v += <usize>tiles * lda + GAP;
    u += <usize>(channels * 16) + GAP;
    m += <usize>tiles * 32 + GAP;
  }
}

/** Half a tile (4 channels) from M to 2x2 finished sums at `to`. */
// @ts-ignore: decorator
@inline
function inverse(m: usize, step: usize, bias: v128, to: usize): void {
  const k = SCRATCH + 1024;
  for (let j: usize = 0; j < 64; j += 16, m += step) {
    const m1 = v128.load(m + 4 * step), m2 = v128.load(m + 8 * step);
    v128.store(k + j, i32x4.add(v128.load(m), i32x4.add(m1, m2)));
    v128.store(k + j, i32x4.sub(i32x4.sub(m1, m2), v128.load(m + 12 * step)), 64);
  }
  for (let i: usize = 0; i < 128; i += 64, to += 32) {
    const m1 = v128.load(k + i, 16), m2 = v128.load(k + i, 32);
    const left = i32x4.add(v128.load(k + i), i32x4.add(m1, m2));
    const right = i32x4.sub(i32x4.sub(m1, m2), v128.load(k + i, 48));
    v128.store(to, i32x4.add(bias, i32x4.shr_s(left, 2)));
    v128.store(to, i32x4.add(bias, i32x4.shr_s(right, 2)), 16);
  }
}

function output(
  m: usize, tiles: i32, across: i32, first: i32, height: i32, width: i32, ldo: i32,
  out: usize, res: usize, bias: usize, scale: usize,
): void {
  const b0 = v128.load(bias), b1 = v128.load(bias, 16);
  const s0 = v128.load(scale), s1 = v128.load(scale, 16);
  const step = <usize>tiles * 32 + GAP;
  let ty = first / across, tx = first - ty * across;
  for (let t = 0; t < tiles; t++, m += 32) {
    inverse(m, step, b0, SCRATCH);
    inverse(m + 16, step, b1, SCRATCH + 256);
    const rows = min(2, height - ty * 2), columns = min(2, width - tx * 2);
    for (let y = 0; y < rows; y++) {
      let o = <usize>(((ty * 2 + y) * width + tx * 2) * ldo), d = SCRATCH + (y << 5);
      for (let x = 0; x < columns; x++, o += ldo, d += 16) {
        const v0 = v128.load(d), v1 = v128.load(d, 256);
        if (res) putSum(v0, v1, s0, s1, out + o, res + o);
        else put(v0, v1, s0, s1, out + o);
      }
    }
    if (++tx == across) { tx = 0; ty++; }
  }
}

/** As `winograd`, with tiles of 2x2 outputs. */
export function winograd2(
  image: usize, paddedWidth: i32, channels: i32, zero: i32, height: i32, width: i32,
  weights: usize, couts: i32, v: usize, u: usize, m: usize, block: i32,
  bias: usize, scale: usize, out: usize, res: usize,
): void {
  const across = (width + 1) >> 1, all = across * ((height + 1) >> 1);
  for (let first = 0; first < all; first += block) {
    const tiles = min(block, all - first);
    input(image, paddedWidth, channels, across, first, tiles, v, zero);
    for (let n = 0; n < couts; n += 8) {
      transformWeights(weights + n * channels * 9, channels, u);
      products(v, channels, tiles, u, m);
      output(m, tiles, across, first, height, width, couts, out + n, res ? res + n : 0,
        bias + n * 4, scale + n * 4);
    }
  }
}
