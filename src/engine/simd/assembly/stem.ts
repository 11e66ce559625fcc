// The stem, 7x7 with stride 2 over 3 channels: by row and column parity it is a 4x4 stride-1
// convolution over 12 channels, done by Winograd F(3x3, 4x4) on the points of `winograd.ts`.
// B^T is the same; G has rows 6(1,0,0,0) 4(1,1,1,1) 4(1,-1,1,-1) (1,2,4,8) (1,-2,4,-8) 12(0,0,0,1),
// so |U| <= 16 * 16 * 127 = 32512 fits i16. Z = 576 Y as there.
//
//   phases  i16 [rows][columns][12], channel = (row parity, column parity, colour)
//   V i16 [36][tile][16], U i16 [couts/8][36][6][8][2], M i32 [36][tile][8]; tiles a multiple of 4
import { mac, put } from './epilogue';

const GAP: usize = 64;
const SCRATCH: usize = 1024;
const NINTH: i32 = 0x38e38e39;

/** A padded u8 RGB image, `rowBytes` a row, into its four phases. Reads 2 bytes past each row. */
export function stemPhases(
  image: usize, rowBytes: i32, rows: i32, columns: i32, to: usize, zero: i32,
): void {
  const z = i16x8.splat(<i16>zero);
  for (let y = 0; y < rows; y++) {
    let s = image + 2 * y * rowBytes;
    for (let x = 0; x < columns; x++, s += 6, to += 24) {
      v128.store(to, i16x8.sub(v128.load_ext<u8>(s), z));
      v128.store(to, i16x8.sub(v128.load_ext<u8>(s + rowBytes), z), 12);
    }
  }
}

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

function input(
  phases: usize, columns: i32, across: i32, first: i32, tiles: i32, block: i32, v: usize,
): void {
  const row = <usize>(columns * 24), step = <usize>block * 32 + GAP;
  let ty = first / across, tx = first - ty * across;
  for (let t = 0; t < tiles; t++, v += 32) {
    for (let h: usize = 0; h < 32; h += 16) {
      let s = phases + (ty * 3 * columns + tx * 3) * 24 + h;
      for (let j: usize = 0; j < 96; j += 16, s += 24) {
        const r2 = s + 2 * row, r4 = r2 + 2 * row;
        six(v128.load(s), v128.load(s + row), v128.load(r2), v128.load(r2 + row),
          v128.load(r4), v128.load(r4 + row), SCRATCH + j, 96);
      }
      let o = v + h;
      for (let d = SCRATCH; d < SCRATCH + 576; d += 96, o += 6 * step) {
        six(v128.load(d), v128.load(d, 16), v128.load(d, 32), v128.load(d, 48),
          v128.load(d, 64), v128.load(d, 80), o, step);
      }
    }
    if (++tx == across) { tx = 0; ty++; }
  }
}

/** 4 tiles by 8 channels, depth 12 unrolled. */
function sums12(a: usize, b: usize, out: usize): void {
  const w0 = v128.load(b, 0), u0 = v128.load(b, 16);
  const x00 = v128.load32_splat(a, 0);
  let c0 = i32x4.dot_i16x8_s(w0, x00), d0 = i32x4.dot_i16x8_s(u0, x00);
  const x01 = v128.load32_splat(a, 32);
  let c1 = i32x4.dot_i16x8_s(w0, x01), d1 = i32x4.dot_i16x8_s(u0, x01);
  const x02 = v128.load32_splat(a, 64);
  let c2 = i32x4.dot_i16x8_s(w0, x02), d2 = i32x4.dot_i16x8_s(u0, x02);
  const x03 = v128.load32_splat(a, 96);
  let c3 = i32x4.dot_i16x8_s(w0, x03), d3 = i32x4.dot_i16x8_s(u0, x03);
  const w1 = v128.load(b, 32), u1 = v128.load(b, 48);
  const x10 = v128.load32_splat(a, 4);
  c0 = mac(c0, w1, x10); d0 = mac(d0, u1, x10);
  const x11 = v128.load32_splat(a, 36);
  c1 = mac(c1, w1, x11); d1 = mac(d1, u1, x11);
  const x12 = v128.load32_splat(a, 68);
  c2 = mac(c2, w1, x12); d2 = mac(d2, u1, x12);
  const x13 = v128.load32_splat(a, 100);
  c3 = mac(c3, w1, x13); d3 = mac(d3, u1, x13);
  const w2 = v128.load(b, 64), u2 = v128.load(b, 80);
  const x20 = v128.load32_splat(a, 8);
  c0 = mac(c0, w2, x20); d0 = mac(d0, u2, x20);
  const x21 = v128.load32_splat(a, 40);
  c1 = mac(c1, w2, x21); d1 = mac(d1, u2, x21);
  const x22 = v128.load32_splat(a, 72);
  c2 = mac(c2, w2, x22); d2 = mac(d2, u2, x22);
  const x23 = v128.load32_splat(a, 104);
  c3 = mac(c3, w2, x23); d3 = mac(d3, u2, x23);
  const w3 = v128.load(b, 96), u3 = v128.load(b, 112);
  const x30 = v128.load32_splat(a, 12);
  c0 = mac(c0, w3, x30); d0 = mac(d0, u3, x30);
  const x31 = v128.load32_splat(a, 44);
  c1 = mac(c1, w3, x31); d1 = mac(d1, u3, x31);
  const x32 = v128.load32_splat(a, 76);
  c2 = mac(c2, w3, x32); d2 = mac(d2, u3, x32);
  const x33 = v128.load32_splat(a, 108);
  c3 = mac(c3, w3, x33); d3 = mac(d3, u3, x33);
  const w4 = v128.load(b, 128), u4 = v128.load(b, 144);
  const x40 = v128.load32_splat(a, 16);
  c0 = mac(c0, w4, x40); d0 = mac(d0, u4, x40);
  const x41 = v128.load32_splat(a, 48);
  c1 = mac(c1, w4, x41); d1 = mac(d1, u4, x41);
  const x42 = v128.load32_splat(a, 80);
  c2 = mac(c2, w4, x42); d2 = mac(d2, u4, x42);
  const x43 = v128.load32_splat(a, 112);
  c3 = mac(c3, w4, x43); d3 = mac(d3, u4, x43);
  const w5 = v128.load(b, 160), u5 = v128.load(b, 176);
  const x50 = v128.load32_splat(a, 20);
  c0 = mac(c0, w5, x50); d0 = mac(d0, u5, x50);
  const x51 = v128.load32_splat(a, 52);
  c1 = mac(c1, w5, x51); d1 = mac(d1, u5, x51);
  const x52 = v128.load32_splat(a, 84);
  c2 = mac(c2, w5, x52); d2 = mac(d2, u5, x52);
  const x53 = v128.load32_splat(a, 116);
  c3 = mac(c3, w5, x53); d3 = mac(d3, u5, x53);
  v128.store(out, c0, 0); v128.store(out, d0, 16);
  v128.store(out, c1, 32); v128.store(out, d1, 48);
  v128.store(out, c2, 64); v128.store(out, d2, 80);
  v128.store(out, c3, 96); v128.store(out, d3, 112);
}

// @ts-ignore: decorator
@inline
function ninth(z: v128, bias: v128): v128 {
  return i32x4.add(bias, i32x4.shr_s(i32x4.mul(i32x4.splat(NINTH), z), 6));
}

/** Half a tile from M to 3x3 finished sums at `to`, 64 bytes a row. */
// @ts-ignore: decorator
@inline
function inverse(m: usize, step: usize, bias: v128, to: usize): void {
  const k0 = SCRATCH + 1024;
  for (let k = k0; k < k0 + 96; k += 16, m += step) {
    let q = m;
    const m0 = v128.load(q); q += 6 * step;
    const m1 = v128.load(q); q += 6 * step;
    const m2 = v128.load(q); q += 6 * step;
    const m3 = v128.load(q); q += 6 * step;
    const m4 = v128.load(q); q += 6 * step;
    const m5 = v128.load(q);
    const p = i32x4.add(m1, m2), r = i32x4.add(m3, m4), v = i32x4.sub(m3, m4);
    v128.store(k, i32x4.add(i32x4.sub(m0, p), r));
    v128.store(k, i32x4.sub(i32x4.add(v, v), i32x4.sub(m1, m2)), 96);
    v128.store(k, i32x4.add(i32x4.sub(i32x4.shl(r, 2), p), i32x4.add(m5, m5)), 192);
  }
  for (let k = k0; k < k0 + 288; k += 96, to += 64) {
    const m0 = v128.load(k), m1 = v128.load(k, 16), m2 = v128.load(k, 32);
    const m3 = v128.load(k, 48), m4 = v128.load(k, 64), m5 = v128.load(k, 80);
    const p = i32x4.add(m1, m2), r = i32x4.add(m3, m4), v = i32x4.sub(m3, m4);
    v128.store(to, ninth(i32x4.add(i32x4.sub(m0, p), r), bias));
    v128.store(to, ninth(i32x4.sub(i32x4.add(v, v), i32x4.sub(m1, m2)), bias), 16);
    const last = i32x4.add(i32x4.sub(i32x4.shl(r, 2), p), i32x4.add(m5, m5));
    v128.store(to, ninth(last, bias), 32);
  }
}

function output(
  m: usize, tiles: i32, all: i32, across: i32, first: i32, height: i32, width: i32, ldo: i32,
  out: usize, bias: usize, scale: usize,
): void {
  const b0 = v128.load(bias), b1 = v128.load(bias, 16);
  const s0 = v128.load(scale), s1 = v128.load(scale, 16);
  const step = <usize>tiles * 32 + GAP;
  let ty = first / across, tx = first - ty * across;
  for (let t = min(tiles, all - first); t > 0; t--, m += 32) {
    inverse(m, step, b0, SCRATCH);
    inverse(m + 16, step, b1, SCRATCH + 256);
    const rows = min(3, height - ty * 3), columns = min(3, width - tx * 3);
    for (let y = 0; y < rows; y++) {
      let o = out + ((ty * 3 + y) * width + tx * 3) * ldo, d = SCRATCH + (y << 6);
      for (let x = 0; x < columns; x++, o += ldo, d += 16) {
        put(v128.load(d), v128.load(d, 256), s0, s1, o);
      }
    }
    if (++tx == across) { tx = 0; ty++; }
  }
}

/** The whole stem, `block` tiles (a multiple of 4) at a time; none past the last is stored. */
export function stem(
  phases: usize, columns: i32, height: i32, width: i32, weights: usize, couts: i32,
  v: usize, m: usize, block: i32, bias: usize, scale: usize, out: usize,
): void {
  const across = (width + 2) / 3, all = across * ((height + 2) / 3);
  for (let first = 0; first < all; first += block) {
    input(phases, columns, across, first, min(block, all - first), block, v);
    for (let n = 0; n < couts; n += 8) {
      let a = v, b = weights + n * 36 * 24, to = m;
      for (let p = 0; p < 36; p++, b += 192, a += GAP, to += GAP) {
        for (let t = 0; t < block; t += 4, a += 128, to += 128) sums12(a, b, to);
      }
      output(m, block, all, across, first, height, width, couts, out + n,
        bias + n * 4, scale + n * 4);
    }
  }
}
