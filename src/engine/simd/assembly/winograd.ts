// Winograd F(4x4, 3x3) for stride 1, exact modulo 2^32 (docs: Lavin and Gray, arXiv 1509.09308;
// points 0, 1, -1, 2, -2, infinity; all matrices integer).
//
//   B^T = 4  0 -5  0 1 0    G = 6 0 0    A^T = 1 -1 -1 1  1 0    A^T [(G g) . (B^T d)] = 24 conv
//         0 -4 -4  1 1 0        4 4 4          0 -1  1 2 -2 0
//         0  4 -4 -1 1 0        4 -4 4         0 -1 -1 4  4 0    in two dimensions Z = 576 Y
//         0 -2 -1  2 1 0        1 2 4          0 -1  1 8 -8 2
//         0  2 -1 -2 1 0        1 -2 4
//         0  4  0 -5 0 1        0 0 12
//
// |V| <= 100 * 255 and |U| <= 144 * 128 fit i16, a pmaddwd of them is exact, and sums may wrap:
// they are ring operations. 576 = 64 * 9, 9 is invertible, so Z / 9 >> 6 is Y where |Y| < 2^25,
// which the planner proves from the layer's weights.
//
// Where the output's edge is no multiple of 4, some tiles have 3 outputs along it, so that none is
// wasted: F(3, 3) on the points 0, 1, -1, 2, infinity uses a subset of the same U (-2 is left out),
//
//   B^T = 2 -1 -2 1 0    A^T = 2 -3 -1  4 0    A^T [(G g) . (B^T d)] = 24 conv as well
//         0 -2 -1 1 0          0 -3  1  8 0
//         0  2 -3 1 0          0 -3 -1 16 2
//         0 -1  0 1 0
//         0  2 -1 -2 1
//
// Tiles are ordered by kind (rows x columns): 4x4, 4x3, 3x4, 3x3. 14 x 14 takes 484 products a
// channel instead of 576.
//
//   image  u8 padded, `pixelBytes` = channels       V  i16 [36][tile][channels]
//   weights i8 [couts/8][channels/2][2][9][4][2]    U  i16 [36][channels/2][8][2]
//   M      i32 [36][tile][8]
import { put, putSum } from './epilogue';
import { sums1, sums4 } from './tile';

/** Breaks power-of-two strides: without it 36 stores fall into one set of the L1 cache. */
const GAP: usize = 64;
const SCRATCH: usize = 1024;
/** 9 * 0x38e38e39 = 1 modulo 2^32. */
const NINTH: i32 = 0x38e38e39;

// @ts-ignore: decorator
@inline
function six(
  d0: v128, d1: v128, d2: v128, d3: v128, d4: v128, d5: v128, o: usize, step: usize,
): void {
  const e = i16x8.sub(d4, d2), f = i16x8.sub(d3, d1), f2 = i16x8.add(f, f);
  const g = i16x8.sub(d4, i16x8.shl(d2, 2)), h = i16x8.sub(d3, i16x8.shl(d1, 2));
  v128.store(o, i16x8.add(i16x8.shl(i16x8.sub(d0, d2), 2), e));
  o += step;
  v128.store(o, i16x8.add(g, h));
  o += step;
  v128.store(o, i16x8.sub(g, h));
  o += step;
  v128.store(o, i16x8.add(e, f2));
  o += step;
  v128.store(o, i16x8.sub(e, f2));
  o += step;
  v128.store(o, i16x8.sub(i16x8.sub(d5, d3), i16x8.shl(f, 2)));
}

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
  o += 2 * step;
  v128.store(o, i16x8.add(i16x8.sub(g, d2), i16x8.sub(d4, i16x8.add(d3, d3))));
}

// @ts-ignore: decorator
@inline
function pixel8(at: usize, z: v128): v128 {
  return i16x8.sub(v128.load_ext<u8>(at), z);
}

// The kinds of tiles of the whole image, and the tile that `place` has found.
let fours = 0, threes = 0, foursDown = 0, threesDown = 0;
let tileY = 0, tileX = 0, tileRows = 0, tileColumns = 0;

/** How many tiles of an edge have 3 outputs: none is wasted then, where there are tiles enough. */
// @ts-ignore: decorator
@inline
function countThrees(size: i32): i32 {
  const missing = -size & 3;
  return missing <= (size + 3) >> 2 ? missing : 0;
}

function place(t: i32): void {
  const wide = foursDown * fours, tall = wide + foursDown * threes;
  const low = t >= tall, left = low ? tall : 0;
  const firsts = low ? tall + threesDown * fours : wide;
  const narrow = t >= firsts, at = narrow ? t - firsts : t - left;
  const across = narrow ? threes : fours, down = at / across, right = at - down * across;
  tileRows = low ? 3 : 4;
  tileColumns = narrow ? 3 : 4;
  tileY = low ? foursDown * 4 + down * 3 : down * 4;
  tileX = narrow ? fours * 4 + right * 3 : right * 4;
}

/** V of tiles [first, first + tiles). */
function winogradInput(
  image: usize, paddedWidth: i32, channels: i32, first: i32, tiles: i32, v: usize, zero: i32,
): void {
  const z = i16x8.splat(<i16>zero), px = <usize>channels, row = <usize>(paddedWidth * channels);
  const step = (<usize>(tiles * channels) << 1) + GAP;
  for (let t = 0; t < tiles; t++) {
    place(first + t);
    const base = image + (tileY * paddedWidth + tileX) * channels;
    const tall = tileRows == 4, wide = tileColumns == 4, columns: usize = wide ? 96 : 80;
    for (let c = 0; c < channels; c += 8) {
      let s = base + c;
      for (let j: usize = 0; j < columns; j += 16, s += px) {
        const r2 = s + 2 * row, r4 = r2 + 2 * row;
        if (tall) {
          six(pixel8(s, z), pixel8(s + row, z), pixel8(r2, z), pixel8(r2 + row, z), pixel8(r4, z),
            pixel8(r4 + row, z), SCRATCH + j, 96);
        } else {
          five(pixel8(s, z), pixel8(s + row, z), pixel8(r2, z), pixel8(r2 + row, z),
            pixel8(r4, z), SCRATCH + j, 96);
        }
      }
      let o = v + ((t * channels + c) << 1);
      for (let d = SCRATCH; d < SCRATCH + 576; d += 96, o += 6 * step) {
        if (wide) {
          six(v128.load(d), v128.load(d, 16), v128.load(d, 32), v128.load(d, 48),
            v128.load(d, 64), v128.load(d, 80), o, step);
        } else {
          five(v128.load(d), v128.load(d, 16), v128.load(d, 32), v128.load(d, 48),
            v128.load(d, 64), o, step);
        }
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function weightRow(t0: v128, t1: v128, t2: v128, o: usize, step: usize): void {
  const s = i16x8.add(t0, t2), q = i16x8.add(t0, i16x8.shl(t2, 2)), d = i16x8.add(t1, t1);
  v128.store(o, i16x8.mul(t0, i16x8.splat(6)));
  o += step;
  v128.store(o, i16x8.shl(i16x8.add(s, t1), 2));
  o += step;
  v128.store(o, i16x8.shl(i16x8.sub(s, t1), 2));
  o += step;
  v128.store(o, i16x8.add(q, d));
  o += step;
  v128.store(o, i16x8.sub(q, d));
  o += step;
  v128.store(o, i16x8.mul(t2, i16x8.splat(12)));
}

/** U of 8 couts, made anew on every inference: stored it would be 8 times the int8 weights. */
export function winogradWeights(w: usize, channels: i32, u: usize): void {
  const step = <usize>(channels * 16) + GAP, n = <usize>(channels * 8);
  const k6 = i16x8.splat(6), k12 = i16x8.splat(12);
  for (let i: usize = 0; i < n; i += 8, w += 72) {
    let o = u + (i << 1);
    const a0 = v128.load_ext<i8>(w), a1 = v128.load_ext<i8>(w, 8), a2 = v128.load_ext<i8>(w, 16);
    const b0 = v128.load_ext<i8>(w, 24), b1 = v128.load_ext<i8>(w, 32);
    const b2 = v128.load_ext<i8>(w, 40), c0 = v128.load_ext<i8>(w, 48);
    const c1 = v128.load_ext<i8>(w, 56), c2 = v128.load_ext<i8>(w, 64);
    weightRow(i16x8.mul(a0, k6), i16x8.mul(a1, k6), i16x8.mul(a2, k6), o, step);
    o += 6 * step;
    const s0 = i16x8.add(a0, c0), s1 = i16x8.add(a1, c1), s2 = i16x8.add(a2, c2);
    weightRow(i16x8.shl(i16x8.add(s0, b0), 2), i16x8.shl(i16x8.add(s1, b1), 2),
      i16x8.shl(i16x8.add(s2, b2), 2), o, step);
    o += 6 * step;
    weightRow(i16x8.shl(i16x8.sub(s0, b0), 2), i16x8.shl(i16x8.sub(s1, b1), 2),
      i16x8.shl(i16x8.sub(s2, b2), 2), o, step);
    o += 6 * step;
    const q0 = i16x8.add(a0, i16x8.shl(c0, 2)), q1 = i16x8.add(a1, i16x8.shl(c1, 2));
    const q2 = i16x8.add(a2, i16x8.shl(c2, 2));
    const d0 = i16x8.add(b0, b0), d1 = i16x8.add(b1, b1), d2 = i16x8.add(b2, b2);
    weightRow(i16x8.add(q0, d0), i16x8.add(q1, d1), i16x8.add(q2, d2), o, step);
    o += 6 * step;
    weightRow(i16x8.sub(q0, d0), i16x8.sub(q1, d1), i16x8.sub(q2, d2), o, step);
    o += 6 * step;
    weightRow(i16x8.mul(c0, k12), i16x8.mul(c1, k12), i16x8.mul(c2, k12), o, step);
  }
}

// @ts-ignore: decorator
@inline
function sums(
  v: usize, lda: usize, u: usize, channels: i32, m: usize, from: i32, to: i32,
): void {
  const count = to - from, whole = count & ~3;
  const a = v + <usize>from * lda, out = m + <usize>from * 32;
  sums4(a, lda, u, channels, out, count);
  if (count & 3) {
    sums1(a + <usize>whole * lda, lda, u, channels, out + <usize>whole * 32, count & 3);
  }
}

/** The matrices of point -2 are not for tiles of 3: `wide`, `tall` and `low` end the kinds. */
function products(
  v: usize, channels: i32, tiles: i32, u: usize, m: usize, wide: i32, tall: i32, low: i32,
): void {
  const lda = <usize>channels << 1;
  for (let r = 0; r < 6; r++) {
    const end = r == 4 ? tall : tiles;
    for (let c = 0; c < 6; c++) {
      if (c == 4 && wide < tiles) {
        sums(v, lda, u, channels, m, 0, min(wide, end));
        if (r != 4) sums(v, lda, u, channels, m, tall, low);
      } else sums(v, lda, u, channels, m, 0, end);
      v += <usize>tiles * lda + GAP;
      u += <usize>(channels * 16) + GAP;
      m += <usize>tiles * 32 + GAP;
    }
  }
}

// @ts-ignore: decorator
@inline
function ninth(z: v128, bias: v128): v128 {
  return i32x4.add(bias, i32x4.shr_s(i32x4.mul(i32x4.splat(NINTH), z), 6));
}

// @ts-ignore: decorator
@inline
function fourOf(
  m0: v128, m1: v128, m2: v128, m3: v128, m4: v128, m5: v128, o: usize, step: usize,
): void {
  const p = i32x4.add(m1, m2), u = i32x4.sub(m1, m2);
  const r = i32x4.add(m3, m4), v = i32x4.sub(m3, m4);
  v128.store(o, i32x4.add(i32x4.sub(m0, p), r));
  v128.store(o + step, i32x4.sub(i32x4.add(v, v), u));
  v128.store(o + 2 * step, i32x4.sub(i32x4.shl(r, 2), p));
  v128.store(o + 3 * step, i32x4.add(i32x4.sub(i32x4.shl(v, 3), u), i32x4.add(m5, m5)));
}

// @ts-ignore: decorator
@inline
function threeOf(
  m0: v128, m1: v128, m2: v128, m3: v128, m5: v128, o: usize, step: usize,
): void {
  const t = i32x4.add(i32x4.add(m1, m1), m1), p = i32x4.add(t, m2), q = i32x4.shl(m3, 2);
  v128.store(o, i32x4.add(i32x4.sub(i32x4.add(m0, m0), p), q));
  v128.store(o + step, i32x4.add(i32x4.sub(m2, t), i32x4.add(q, q)));
  v128.store(o + 2 * step, i32x4.add(i32x4.sub(i32x4.add(m5, m5), p), i32x4.shl(q, 2)));
}

/** Half a tile (4 channels) from M to 16 sums (576 times too large) at `to`, [row][column]. */
// @ts-ignore: decorator
@inline
function inverse(m: usize, step: usize, to: usize): void {
  const k0 = SCRATCH + 1024, tall = tileRows == 4, wide = tileColumns == 4;
  for (let k = k0; k < k0 + 96; k += 16, m += step) {
    if (!wide && k == k0 + 64) continue;
    const q = m + 12 * step, r = q + 12 * step;
    const m0 = v128.load(m), m1 = v128.load(m + 6 * step), m2 = v128.load(q);
    const m3 = v128.load(q + 6 * step), m5 = v128.load(r + 6 * step);
    if (tall) fourOf(m0, m1, m2, m3, v128.load(r), m5, k, 96);
    else threeOf(m0, m1, m2, m3, m5, k, 96);
  }
  const end = k0 + (tall ? 384 : 288);
  for (let k = k0; k < end; k += 96, to += 64) {
    const m0 = v128.load(k), m1 = v128.load(k, 16), m2 = v128.load(k, 32);
    const m3 = v128.load(k, 48), m5 = v128.load(k, 80);
    if (wide) fourOf(m0, m1, m2, m3, v128.load(k, 64), m5, to, 16);
    else threeOf(m0, m1, m2, m3, m5, to, 16);
  }
}

/** 8 couts of the tiles: M to requantized pixels; edge tiles leave out what lies outside. */
function output(
  m: usize, tiles: i32, first: i32, height: i32, width: i32, ldo: i32,
  out: usize, res: usize, bias: usize, scale: usize,
): void {
  const b0 = v128.load(bias), b1 = v128.load(bias, 16);
  const s0 = v128.load(scale), s1 = v128.load(scale, 16);
  const step = <usize>tiles * 32 + GAP;
  for (let t = 0; t < tiles; t++, m += 32) {
    place(first + t);
    inverse(m, step, SCRATCH);
    inverse(m + 16, step, SCRATCH + 256);
    const rows = min(tileRows, height - tileY), columns = min(tileColumns, width - tileX);
    for (let y = 0; y < rows; y++) {
      let o = <usize>(((tileY + y) * width + tileX) * ldo), d = SCRATCH + (y << 6);
      for (let x = 0; x < columns; x++, o += ldo, d += 16) {
        const v0 = ninth(v128.load(d), b0), v1 = ninth(v128.load(d, 256), b1);
        if (res) putSum(v0, v1, s0, s1, out + o, res + o);
        else put(v0, v1, s0, s1, out + o);
      }
    }
  }
}

/** A whole 3x3 stride-1 convolution over a padded image, `block` tiles at a time. */
export function winograd(
  image: usize, paddedWidth: i32, channels: i32, zero: i32, height: i32, width: i32,
  weights: usize, couts: i32, v: usize, u: usize, m: usize, block: i32,
  bias: usize, scale: usize, out: usize, res: usize,
): void {
  threes = countThrees(width);
  threesDown = countThrees(height);
  fours = ((width + 3) >> 2) - threes;
  foursDown = ((height + 3) >> 2) - threesDown;
  const all = (fours + threes) * (foursDown + threesDown);
  const wide = foursDown * fours, tall = wide + foursDown * threes, low = tall + threesDown * fours;
  for (let first = 0; first < all; first += block) {
    const tiles = min(block, all - first);
    winogradInput(image, paddedWidth, channels, first, tiles, v, zero);
    const w = max(0, min(tiles, wide - first)), t = max(0, min(tiles, tall - first));
    const l = max(0, min(tiles, low - first));
    for (let n = 0; n < couts; n += 8) {
      winogradWeights(weights + n * channels * 9, channels, u);
      products(v, channels, tiles, u, m, w, t, l);
      output(m, tiles, first, height, width, couts, out + n, res ? res + n : 0,
        bias + n * 4, scale + n * 4);
    }
  }
}
