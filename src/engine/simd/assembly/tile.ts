// The kernels that do the work: a tile of 4 pixels (or 1) by 8 channels of i32 sums, kept in
// registers over the whole depth. One vector of weights holds 4 channels of 2 depths, a splat
// load 2 depths of one pixel, pmaddwd multiplies and adds the pairs. More than 8 or 9 sums spill in
// V8 (15 usable registers); 2 pairs a turn measured best. `depth` is a multiple of 4.
//
//   a      i16 [pixel][depth], `lda` bytes from pixel to pixel
//   panel  i16 [depth/2][8 channels][2]
//   out    u8, `ldo` bytes from pixel to pixel
import { mac, put, putSum, putTwo } from './epilogue';

/** 4 pixels a turn: sums start at the bias and end requantized, `res` added if not 0. */
export function tile4(
  a: usize, lda: usize, panel: usize, depth: i32, bias: usize, scale: usize,
  out: usize, ldo: usize, res: usize, pixels: i32,
): void {
  const s0 = v128.load(scale), s1 = v128.load(scale, 16);
  for (; pixels >= 4; pixels -= 4) {
    let b = panel, a0 = a;
    let a1 = a + 1 * lda, a2 = a + 2 * lda, a3 = a + 3 * lda;
    const end = a + (<usize>depth << 1);
    let c0 = v128.load(bias), d0 = v128.load(bias, 16);
    let c1 = c0, d1 = d0, c2 = c0, d2 = d0, c3 = c0, d3 = d0;
    while (a0 < end) {
      const w0 = v128.load(b, 0), u0 = v128.load(b, 16);
      const x00 = v128.load32_splat(a0, 0);
      c0 = mac(c0, w0, x00); d0 = mac(d0, u0, x00);
      const x01 = v128.load32_splat(a1, 0);
      c1 = mac(c1, w0, x01); d1 = mac(d1, u0, x01);
      const x02 = v128.load32_splat(a2, 0);
      c2 = mac(c2, w0, x02); d2 = mac(d2, u0, x02);
      const x03 = v128.load32_splat(a3, 0);
      c3 = mac(c3, w0, x03); d3 = mac(d3, u0, x03);
      const w1 = v128.load(b, 32), u1 = v128.load(b, 48);
      const x10 = v128.load32_splat(a0, 4);
      c0 = mac(c0, w1, x10); d0 = mac(d0, u1, x10);
      const x11 = v128.load32_splat(a1, 4);
      c1 = mac(c1, w1, x11); d1 = mac(d1, u1, x11);
      const x12 = v128.load32_splat(a2, 4);
      c2 = mac(c2, w1, x12); d2 = mac(d2, u1, x12);
      const x13 = v128.load32_splat(a3, 4);
      c3 = mac(c3, w1, x13); d3 = mac(d3, u1, x13);
      a0 += 8; a1 += 8; a2 += 8; a3 += 8;
      b += 64;
    }
    if (res) {
      putSum(c0, d0, s0, s1, out, res); out += ldo; res += ldo;
      putSum(c1, d1, s0, s1, out, res); out += ldo; res += ldo;
      putSum(c2, d2, s0, s1, out, res); out += ldo; res += ldo;
      putSum(c3, d3, s0, s1, out, res); out += ldo; res += ldo;
    } else {
      putTwo(c0, d0, c1, d1, s0, s1, out, ldo); out += 2 * ldo;
      putTwo(c2, d2, c3, d3, s0, s1, out, ldo); out += 2 * ldo;
    }
    a = a0 + 3 * lda;
  }
}

/** 1 pixel a turn: sums start at the bias and end requantized, `res` added if not 0. */
export function tile1(
  a: usize, lda: usize, panel: usize, depth: i32, bias: usize, scale: usize,
  out: usize, ldo: usize, res: usize, pixels: i32,
): void {
  const s0 = v128.load(scale), s1 = v128.load(scale, 16);
  for (; pixels >= 1; pixels -= 1) {
    let b = panel, a0 = a;
    const end = a + (<usize>depth << 1);
    let c0 = v128.load(bias), d0 = v128.load(bias, 16);
    while (a0 < end) {
      const w0 = v128.load(b, 0), u0 = v128.load(b, 16);
      const x00 = v128.load32_splat(a0, 0);
      c0 = mac(c0, w0, x00); d0 = mac(d0, u0, x00);
      const w1 = v128.load(b, 32), u1 = v128.load(b, 48);
      const x10 = v128.load32_splat(a0, 4);
      c0 = mac(c0, w1, x10); d0 = mac(d0, u1, x10);
      a0 += 8;
      b += 64;
    }
    if (res) {
      putSum(c0, d0, s0, s1, out, res); out += ldo; res += ldo;
    } else {
      put(c0, d0, s0, s1, out); out += ldo;
    }
    a = a0 + 0 * lda;
  }
}

/** 4 pixels a turn: sums from 0, stored as i32 [pixel][8]. */
export function sums4(
  a: usize, lda: usize, panel: usize, depth: i32, out: usize, pixels: i32,
): void {
  for (; pixels >= 4; pixels -= 4) {
    let b = panel, a0 = a;
    let a1 = a + 1 * lda, a2 = a + 2 * lda, a3 = a + 3 * lda;
    const end = a + (<usize>depth << 1);
    let c0 = i32x4.splat(0), d0 = i32x4.splat(0);
    let c1 = c0, d1 = d0, c2 = c0, d2 = d0, c3 = c0, d3 = d0;
    while (a0 < end) {
      const w0 = v128.load(b, 0), u0 = v128.load(b, 16);
      const x00 = v128.load32_splat(a0, 0);
      c0 = mac(c0, w0, x00); d0 = mac(d0, u0, x00);
      const x01 = v128.load32_splat(a1, 0);
      c1 = mac(c1, w0, x01); d1 = mac(d1, u0, x01);
      const x02 = v128.load32_splat(a2, 0);
      c2 = mac(c2, w0, x02); d2 = mac(d2, u0, x02);
      const x03 = v128.load32_splat(a3, 0);
      c3 = mac(c3, w0, x03); d3 = mac(d3, u0, x03);
      const w1 = v128.load(b, 32), u1 = v128.load(b, 48);
      const x10 = v128.load32_splat(a0, 4);
      c0 = mac(c0, w1, x10); d0 = mac(d0, u1, x10);
      const x11 = v128.load32_splat(a1, 4);
      c1 = mac(c1, w1, x11); d1 = mac(d1, u1, x11);
      const x12 = v128.load32_splat(a2, 4);
      c2 = mac(c2, w1, x12); d2 = mac(d2, u1, x12);
      const x13 = v128.load32_splat(a3, 4);
      c3 = mac(c3, w1, x13); d3 = mac(d3, u1, x13);
      a0 += 8; a1 += 8; a2 += 8; a3 += 8;
      b += 64;
    }
    v128.store(out, c0, 0); v128.store(out, d0, 16);
    v128.store(out, c1, 32); v128.store(out, d1, 48);
    v128.store(out, c2, 64); v128.store(out, d2, 80);
    v128.store(out, c3, 96); v128.store(out, d3, 112);
    a = a0 + 3 * lda;
    out += 128;
  }
}

/** 1 pixel a turn: sums from 0, stored as i32 [pixel][8]. */
export function sums1(
  a: usize, lda: usize, panel: usize, depth: i32, out: usize, pixels: i32,
): void {
  for (; pixels >= 1; pixels -= 1) {
    let b = panel, a0 = a;
    const end = a + (<usize>depth << 1);
    let c0 = i32x4.splat(0), d0 = i32x4.splat(0);
    while (a0 < end) {
      const w0 = v128.load(b, 0), u0 = v128.load(b, 16);
      const x00 = v128.load32_splat(a0, 0);
      c0 = mac(c0, w0, x00); d0 = mac(d0, u0, x00);
      const w1 = v128.load(b, 32), u1 = v128.load(b, 48);
      const x10 = v128.load32_splat(a0, 4);
      c0 = mac(c0, w1, x10); d0 = mac(d0, u1, x10);
      a0 += 8;
      b += 64;
    }
    v128.store(out, c0, 0); v128.store(out, d0, 16);
    a = a0 + 0 * lda;
    out += 32;
  }
}
