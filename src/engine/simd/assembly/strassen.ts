// One level of Strassen-Winograd over a packed product: 7 block products instead of 8, exact
// because every step is a ring operation modulo 2^32 and the sums of operands fit i16
// (|a| <= 4 * 255, |b| <= 4 * 128). With A and B in quarters:
//
//   S = A21 + A22   S2 = S - A11   T = B12 - B11   T2 = B22 - T
//   P1 = A11 B11   P2 = A12 B21   P3 = S T   P4 = S2 T2   P5 = (A11 - A21)(B22 - B12)
//   P6 = (A12 - S2) B22   P7 = A22 (B21 - T2)
//   U2 = P1 + P4   U3 = U2 + P5
//   C11 = P1 + P2   C12 = U2 + P3 + P6   C21 = U3 + P7   C22 = U3 + P3
//
// The 7 products of a tile of 4x8 run one after the other, their i32 tiles of 128 bytes in L1.
import { mac, put, putSum } from './epilogue';
import { tile1 } from './tile';

const GAP: usize = 64;
const BIAS: usize = 3072;
const X: usize = 3328;
const Y: usize = 3584;
const Z: usize = 3840;

/** 4 pixels by 8 channels on top of the sums at `from`, to `to`. */
function more(a: usize, lda: usize, b: usize, depth: i32, from: usize, to: usize): void {
  let a0 = a, a1 = a + lda, a2 = a + 2 * lda, a3 = a + 3 * lda;
  const end = a + (<usize>depth << 1);
  let c0 = v128.load(from, 0), d0 = v128.load(from, 16);
  let c1 = v128.load(from, 32), d1 = v128.load(from, 48);
  let c2 = v128.load(from, 64), d2 = v128.load(from, 80);
  let c3 = v128.load(from, 96), d3 = v128.load(from, 112);
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
  v128.store(to, c0, 0); v128.store(to, d0, 16);
  v128.store(to, c1, 32); v128.store(to, d1, 48);
  v128.store(to, c2, 64); v128.store(to, d2, 80);
  v128.store(to, c3, 96); v128.store(to, d3, 112);
}

/** The same, but requantized to pixels. */
function finish(
  a: usize, lda: usize, b: usize, depth: i32, from: usize, scale: usize,
  out: usize, ldo: usize, res: usize,
): void {
  let a0 = a, a1 = a + lda, a2 = a + 2 * lda, a3 = a + 3 * lda;
  const end = a + (<usize>depth << 1);
  let c0 = v128.load(from, 0), d0 = v128.load(from, 16);
  let c1 = v128.load(from, 32), d1 = v128.load(from, 48);
  let c2 = v128.load(from, 64), d2 = v128.load(from, 80);
  let c3 = v128.load(from, 96), d3 = v128.load(from, 112);
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
  const s0 = v128.load(scale), s1 = v128.load(scale, 16);
  if (res) {
    putSum(c0, d0, s0, s1, out, res);
    putSum(c1, d1, s0, s1, out + 1 * ldo, res + 1 * ldo);
    putSum(c2, d2, s0, s1, out + 2 * ldo, res + 2 * ldo);
    putSum(c3, d3, s0, s1, out + 3 * ldo, res + 3 * ldo);
  } else {
    put(c0, d0, s0, s1, out);
    put(c1, d1, s0, s1, out + 1 * ldo);
    put(c2, d2, s0, s1, out + 2 * ldo);
    put(c3, d3, s0, s1, out + 3 * ldo);
  }
}

/** The four sums of A's quarters, i16 [half the pixels][half the depth] each. */
function pixelSums(a: usize, depth: i32, half: i32, to: usize): void {
  const lda = <usize>depth << 1, gap = <usize>(half * depth) + GAP, below = <usize>half * lda;
  const across = <usize>depth;
  for (let r = 0; r < half; r++, a += lda) {
    for (let k: usize = 0; k < across; k += 16, to += 16) {
      const q = a + k, a11 = v128.load(q), a12 = v128.load(q + across);
      const a21 = v128.load(q + below), a22 = v128.load(q + below + across);
      const s = i16x8.add(a21, a22), s2 = i16x8.sub(s, a11);
      v128.store(to, s);
      v128.store(to + gap, s2);
      v128.store(to + 2 * gap, i16x8.sub(a11, a21));
      v128.store(to + 3 * gap, i16x8.sub(a12, s2));
    }
  }
}

/** 8 channels left and right to i16 panels: B11 B21 B12 B22 T T2 (B22 - B12) (B21 - T2). */
function weightSums(left: usize, right: usize, depth: i32, to: usize): void {
  const panel = <usize>depth * 8, half = <usize>depth * 4;
  for (const end = left + half; left < end; left += 8, right += 8, to += 16) {
    const b11 = v128.load_ext<i8>(left), b21 = v128.load_ext<i8>(left + half);
    const b12 = v128.load_ext<i8>(right), b22 = v128.load_ext<i8>(right + half);
    const t = i16x8.sub(b12, b11), t2 = i16x8.sub(b22, t);
    v128.store(to, b11);
    v128.store(to + panel, b21);
    v128.store(to + 2 * panel, b12);
    v128.store(to + 3 * panel, b22);
    v128.store(to + 4 * panel, t);
    v128.store(to + 5 * panel, t2);
    v128.store(to + 6 * panel, i16x8.sub(b22, b12));
    v128.store(to + 7 * panel, i16x8.sub(b21, t2));
  }
}

/** The right lower tile C22 = Z + its bias difference, and Z = U2 + P3 for C12. */
// @ts-ignore: decorator
@inline
function corner(
  e0: v128, e1: v128, scale: usize, out: usize, ldo: usize, res: usize,
): void {
  const s0 = v128.load(scale), s1 = v128.load(scale, 16);
  for (let i: usize = 0; i < 128; i += 32, out += ldo) {
    const z0 = i32x4.add(v128.load(Z + i), e0), z1 = i32x4.add(v128.load(Z + i, 16), e1);
    if (res) { putSum(z0, z1, s0, s1, out, res); res += ldo; } else put(z0, z1, s0, s1, out);
    // Z - Y is P3, whatever Y holds: U3; X is U2.
    v128.store(Z + i, i32x4.add(v128.load(X + i), i32x4.sub(z0, v128.load(Y + i))));
    const y1 = i32x4.sub(z1, v128.load(Y + i, 16));
    v128.store(Z + i, i32x4.add(v128.load(X + i, 16), y1), 16);
  }
}

/** As `gemm`; `sums` holds as much as `a`, `panel` 64 bytes per depth. channels % 16 == 0. */
export function strassen(
  a: usize, depth: i32, pixels: i32, weights: usize, channels: i32, panel: usize, sums: usize,
  bias: usize, scale: usize, out: usize, res: usize, ldo: usize,
): void {
  const lda = <usize>depth << 1, half = (pixels >> 1) & ~3, k = depth >> 1, h = <usize>depth * 8;
  const right = <usize>channels >> 1, gap = <usize>(half * depth) + GAP, below = half * ldo;
  const rest = a + 2 * half * lda, restOut = 2 * below, last = pixels - 2 * half;
  pixelSums(a, depth, half, sums);
  for (let n: usize = 0; n < right; n += 8) {
    weightSums(weights + n * depth, weights + (n + right) * depth, depth, panel);
    const bl = bias + n * 4, br = bl + right * 4, sl = scale + n * 4, sr = sl + right * 4;
    const b0 = v128.load(bl), b1 = v128.load(bl, 16);
    const e0 = i32x4.sub(v128.load(br), b0), e1 = i32x4.sub(v128.load(br, 16), b1);
    for (let i: usize = 0; i < 128; i += 32) {
      v128.store(BIAS + i, b0);
      v128.store(BIAS + i, b1, 16);
    }
    for (let r = 0; r < half; r += 4) {
      const at = a + r * lda, ab = at + half * lda, s = sums + r * depth;
      const ot = out + r * ldo + n, rt = res ? res + r * ldo + n : 0, rb = res ? rt + below : 0;
      more(at, lda, panel, k, BIAS, X);
      finish(at + depth, lda, panel + h, k, X, sl, ot, ldo, rt);
      more(s + gap, depth, panel + 5 * h, k, X, X);
      more(s + 2 * gap, depth, panel + 6 * h, k, X, Y);
      finish(ab + depth, lda, panel + 7 * h, k, Y, sl, ot + below, ldo, rb);
      more(s, depth, panel + 4 * h, k, Y, Z);
      corner(e0, e1, sr, ot + below + right, ldo, res ? rb + right : 0);
      finish(s + 3 * gap, depth, panel + 3 * h, k, Z, sr, ot + right, ldo, res ? rt + right : 0);
    }
    const o = out + restOut + n, rr = res ? res + restOut + n : 0;
    tile1(rest, lda, panel, depth, bl, sl, o, ldo, rr, last);
    tile1(rest, lda, panel + 2 * h, depth, br, sr, o + right, ldo, rr ? rr + right : 0, last);
  }
}
