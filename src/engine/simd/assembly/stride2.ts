// 3x3 with stride 2: the image falls into four phases by row and column parity. The even phase has
// two taps, the odd one a single tap. Two taps go through F(4, 2) (points 0, 1, -1, 2, infinity),
// one tap needs nothing: 81 products for 4x4 outputs instead of 144.
//
//   B^T = 2 -1 -2  1 0    G = 3  0      A^T = 1 1  1 1 0    A^T [(G g) . (B^T d)] = 6 conv
//         0 -2 -1  1 0       -3 -3            0 1 -1 2 0
//         0  2 -3  1 0       -1  1            0 1  1 4 0    in two dimensions Z = 36 Y
//         0 -1  0  1 0        1  2            0 1 -1 8 1
//         0  2 -1 -2 1        0  6
//
// |V| <= 36 * 255 and |U| <= 36 * 127 fit i16; Z / 9 >> 2 is Y where |Y| < 2^29.
//
//   V  A [25][tile] both transformed, B [5][4 tile] rows transformed and columns raw,
//      D [5][4 tile] rows raw and columns transformed, E [16 tile] raw; each i16 [channels]
//   U, M in the same order
import { put, putSum } from './epilogue';
import { sums1, sums4 } from './tile';

const GAP: usize = 64;
const SCRATCH: usize = 1024;
const NINTH: i32 = 0x38e38e39;

// @ts-ignore: decorator
@inline
function five(d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, o: usize, step: usize): void {
  const a = i16x8.sub(d3, d1), g = i16x8.add(d1, d1), e = i16x8.add(d2, d2);
  v128.store(o, i16x8.add(i16x8.sub(i16x8.add(d0, d0), e), a));
  o += step;
  v128.store(o, i16x8.sub(i16x8.sub(d3, d2), g));
  o += step;
  v128.store(o, i16x8.sub(i16x8.sub(i16x8.add(d3, g), e), d2));
  o += step;
  v128.store(o, a);
  o += step;
  v128.store(o, i16x8.add(i16x8.sub(g, d2), i16x8.sub(d4, i16x8.add(d3, d3))));
}

// @ts-ignore: decorator
@inline
function pixel8(at: usize, z: v128): v128 {
  return i16x8.sub(v128.load_ext<u8>(at), z);
}

// @ts-ignore: decorator
@inline
function fiveOf(s: usize, gap: usize, z: v128, o: usize, step: usize): void {
  five(pixel8(s, z), pixel8(s + gap, z), pixel8(s + 2 * gap, z), pixel8(s + 3 * gap, z),
    pixel8(s + 4 * gap, z), o, step);
}

function input(
  image: usize, paddedWidth: i32, channels: i32, across: i32, first: i32, tiles: i32,
  v: usize, zero: i32,
): void {
  const z = i16x8.splat(<i16>zero), px = <usize>channels, row = <usize>(paddedWidth * channels);
  const size = <usize>(channels * 2), a = size * tiles + GAP, b = size * tiles * 4 + GAP;
  const vb = v + 25 * a, vd = vb + 5 * b, ve = vd + 5 * b;
  let ty = first / across, tx = first - ty * across;
  for (let t: usize = 0; t < <usize>tiles; t++) {
    const base = image + (ty * 8 * paddedWidth + tx * 8) * channels;
    for (let c = 0; c < channels; c += 8) {
      const s = base + c, lane = <usize>c << 1;
      for (let j: usize = 0; j < 5; j++) {
        fiveOf(s + 2 * j * px, 2 * row, z, SCRATCH + 16 * j, 80);
      }
      let o = v + t * size + lane;
      for (let d = SCRATCH; d < SCRATCH + 400; d += 80, o += 5 * a) {
        five(v128.load(d), v128.load(d, 16), v128.load(d, 32), v128.load(d, 48),
          v128.load(d, 64), o, a);
      }
      for (let j: usize = 0; j < 4; j++) {
        fiveOf(s + (2 * j + 1) * px, 2 * row, z, vb + (t * 4 + j) * size + lane, b);
        const odd = s + (2 * j + 1) * row;
        fiveOf(odd, 2 * px, z, vd + (t * 4 + j) * size + lane, b);
        o = ve + (t * 16 + j * 4) * size + lane;
        for (let x: usize = 1; x < 8; x += 2, o += size) v128.store(o, pixel8(odd + x * px, z));
      }
    }
    if (++tx == across) { tx = 0; ty++; }
  }
}

// @ts-ignore: decorator
@inline
function weightRow(a: v128, b: v128, o: usize, step: usize): void {
  v128.store(o, i16x8.mul(a, i16x8.splat(3)));
  o += step;
  v128.store(o, i16x8.mul(i16x8.add(a, b), i16x8.splat(-3)));
  o += step;
  v128.store(o, i16x8.sub(b, a));
  o += step;
  v128.store(o, i16x8.add(a, i16x8.add(b, b)));
  o += step;
  v128.store(o, i16x8.mul(b, i16x8.splat(6)));
}

/** 8 couts, laid out as for `winogradWeights`: taps a b c by rows, 0 1 2 by columns. */
function transformWeights(w: usize, channels: i32, u: usize): void {
  const step = <usize>(channels * 16) + GAP, n = <usize>(channels * 8);
  const k3 = i16x8.splat(3), m3 = i16x8.splat(-3), k6 = i16x8.splat(6);
  for (let i: usize = 0; i < n; i += 8, w += 72) {
    let o = u + (i << 1);
    const a0 = v128.load_ext<i8>(w), a1 = v128.load_ext<i8>(w, 8), a2 = v128.load_ext<i8>(w, 16);
    const b0 = v128.load_ext<i8>(w, 24), b1 = v128.load_ext<i8>(w, 32);
    const b2 = v128.load_ext<i8>(w, 40), c0 = v128.load_ext<i8>(w, 48);
    const c1 = v128.load_ext<i8>(w, 56), c2 = v128.load_ext<i8>(w, 64);
    weightRow(i16x8.mul(a0, k3), i16x8.mul(a2, k3), o, step);
    o += 5 * step;
    weightRow(i16x8.mul(i16x8.add(a0, c0), m3), i16x8.mul(i16x8.add(a2, c2), m3), o, step);
    o += 5 * step;
    weightRow(i16x8.sub(c0, a0), i16x8.sub(c2, a2), o, step);
    o += 5 * step;
    weightRow(i16x8.add(a0, i16x8.add(c0, c0)), i16x8.add(a2, i16x8.add(c2, c2)), o, step);
    o += 5 * step;
    weightRow(i16x8.mul(c0, k6), i16x8.mul(c2, k6), o, step);
    o += 5 * step;
    weightRow(i16x8.mul(a1, k6), i16x8.mul(c1, k6), o, step);
    o += 5 * step;
    weightRow(i16x8.mul(b0, k6), i16x8.mul(b2, k6), o, step);
    o += 5 * step;
    v128.store(o, i16x8.mul(b1, i16x8.splat(36)));
  }
}

function products(v: usize, channels: i32, tiles: i32, u: usize, m: usize): void {
  const lda = <usize>channels << 1;
  for (let p = 0; p < 36; p++) {
    const n = p < 25 ? tiles : p < 35 ? tiles * 4 : tiles * 16;
    const whole = <usize>(n & ~3);
    sums4(v, lda, u, channels, m, n);
    if (n & 3) sums1(v + whole * lda, lda, u, channels, m + whole * 32, n & 3);
    v += <usize>n * lda + GAP;
    u += <usize>(channels * 16) + GAP;
    m += <usize>n * 32 + GAP;
  }
}

/** A^T of five values, each sum plus what the raw phase has at `more`. */
// @ts-ignore: decorator
@inline
function four(q: usize, gap: usize, more: usize, moreGap: usize, to: usize, toGap: usize): void {
  const m0 = v128.load(q), m1 = v128.load(q + gap), m2 = v128.load(q + 2 * gap);
  const m3 = v128.load(q + 3 * gap), m4 = v128.load(q + 4 * gap);
  const p = i32x4.add(m1, m2), u = i32x4.sub(m1, m2);
  v128.store(to, i32x4.add(v128.load(more), i32x4.add(m0, i32x4.add(p, m3))));
  more += moreGap;
  to += toGap;
  v128.store(to, i32x4.add(v128.load(more), i32x4.add(u, i32x4.add(m3, m3))));
  more += moreGap;
  to += toGap;
  v128.store(to, i32x4.add(v128.load(more), i32x4.add(p, i32x4.shl(m3, 2))));
  more += moreGap;
  to += toGap;
  const last = i32x4.add(m4, i32x4.add(u, i32x4.shl(m3, 3)));
  v128.store(to, i32x4.add(v128.load(more), last));
}

/** Half a tile (4 channels) from M to 16 finished sums at `to`. */
// @ts-ignore: decorator
@inline
function inverse(
  m: usize, mb: usize, md: usize, me: usize, a: usize, b: usize, bias: v128, to: usize,
): void {
  const k = SCRATCH + 1024, raw = k + 320;
  // Columns first: five transformed rows, then four raw ones.
  for (let i: usize = 0; i < 5; i++) four(m + 5 * i * a, a, mb + i * b, 32, k + 64 * i, 16);
  for (let i: usize = 0; i < 4; i++) four(md + 32 * i, b, me + 128 * i, 32, raw + 64 * i, 16);
  for (let j: usize = 0; j < 64; j += 16) four(k + j, 64, raw + j, 64, to + j, 64);
  const ninth = i32x4.splat(NINTH);
  for (const end = to + 256; to < end; to += 16) {
    v128.store(to, i32x4.add(bias, i32x4.shr_s(i32x4.mul(ninth, v128.load(to)), 2)));
  }
}

function output(
  m: usize, tiles: i32, across: i32, first: i32, height: i32, width: i32, ldo: i32,
  out: usize, res: usize, bias: usize, scale: usize,
): void {
  const b0 = v128.load(bias), b1 = v128.load(bias, 16);
  const s0 = v128.load(scale), s1 = v128.load(scale, 16);
  const a = <usize>tiles * 32 + GAP, b = <usize>tiles * 128 + GAP;
  let mb = m + 25 * a, md = mb + 5 * b, me = md + 5 * b;
  let ty = first / across, tx = first - ty * across;
  for (let t = 0; t < tiles; t++, m += 32, mb += 128, md += 128, me += 512) {
    inverse(m, mb, md, me, a, b, b0, SCRATCH);
    inverse(m + 16, mb + 16, md + 16, me + 16, a, b, b1, SCRATCH + 256);
    const rows = min(4, height - ty * 4), columns = min(4, width - tx * 4);
    for (let y = 0; y < rows; y++) {
      let o = <usize>(((ty * 4 + y) * width + tx * 4) * ldo), d = SCRATCH + (y << 6);
      for (let x = 0; x < columns; x++, o += ldo, d += 16) {
        const v0 = v128.load(d), v1 = v128.load(d, 256);
        if (res) putSum(v0, v1, s0, s1, out + o, res + o);
        else put(v0, v1, s0, s1, out + o);
      }
    }
    if (++tx == across) { tx = 0; ty++; }
  }
}

/** A whole 3x3 stride-2 convolution over a padded image, `block` tiles at a time. */
export function stride2(
  image: usize, paddedWidth: i32, channels: i32, zero: i32, height: i32, width: i32,
  weights: usize, couts: i32, v: usize, u: usize, m: usize, block: i32,
  bias: usize, scale: usize, out: usize, res: usize,
): void {
  const across = (width + 3) >> 2, all = across * ((height + 3) >> 2);
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
