// The inverse DCT of libjpeg's jidctint.c ("islow"): 13-bit constants, columns first, rounded to
// 2 extra bits, then rows. The integer sums are grouped for dot products of i16 pairs, which
// changes nothing in an exact sum. As in libjpeg-turbo's SIMD code, dequantised values wrap and
// intermediate ones saturate to 16 bits; both matter for hostile files only.

// @ts-ignore: decorator
@inline
function pair(a: i16, b: i16): v128 {
  return i16x8(a, b, a, b, a, b, a, b);
}

// @ts-ignore: decorator
@inline
function low(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @ts-ignore: decorator
@inline
function high(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

// @ts-ignore: decorator
@inline
function dot2(a: v128, ca: v128, b: v128, cb: v128): v128 {
  return i32x4.add(i32x4.dot_i16x8_s(a, ca), i32x4.dot_i16x8_s(b, cb));
}

/** narrow((a + b) >> shift) and narrow((a - b) >> shift) need a and b for both halves. */
// @ts-ignore: decorator
@inline
function sum(al: v128, ah: v128, bl: v128, bh: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.add(al, bl), shift),
    i32x4.shr_s(i32x4.add(ah, bh), shift),
  );
}

// @ts-ignore: decorator
@inline
function difference(al: v128, ah: v128, bl: v128, bh: v128, shift: i32): v128 {
  return i16x8.narrow_i32x4_s(
    i32x4.shr_s(i32x4.sub(al, bl), shift),
    i32x4.shr_s(i32x4.sub(ah, bh), shift),
  );
}

/** One pass over 8 lanes: vectors at `block` in place. `round` is half of 1 << shift. */
// @ts-ignore: decorator
@inline
function pass(block: usize, shift: i32, round: i32,
  r0: v128, r1: v128, r2: v128, r3: v128, r4: v128, r5: v128, r6: v128, r7: v128): void {
  const half = i32x4.splat(round);
  const z04l = low(r0, r4);
  const z04h = high(r0, r4);
  const z26l = low(r2, r6);
  const z26h = high(r2, r6);
  // tmp0 and tmp1 with the rounding in them: it goes into every output once.
  const e0l = i32x4.add(i32x4.dot_i16x8_s(z04l, pair(8192, 8192)), half);
  const e0h = i32x4.add(i32x4.dot_i16x8_s(z04h, pair(8192, 8192)), half);
  const e1l = i32x4.add(i32x4.dot_i16x8_s(z04l, pair(8192, -8192)), half);
  const e1h = i32x4.add(i32x4.dot_i16x8_s(z04h, pair(8192, -8192)), half);
  const e2l = i32x4.dot_i16x8_s(z26l, pair(4433, -10704));
  const e2h = i32x4.dot_i16x8_s(z26h, pair(4433, -10704));
  const e3l = i32x4.dot_i16x8_s(z26l, pair(10703, 4433));
  const e3h = i32x4.dot_i16x8_s(z26h, pair(10703, 4433));
  const z17l = low(r1, r7);
  const z17h = high(r1, r7);
  const z35l = low(r3, r5);
  const z35h = high(r3, r5);

  let al = i32x4.add(e0l, e3l);
  let ah = i32x4.add(e0h, e3h);
  // 11363 = 12299 - 7373 - 3196 + 9633, and so on: jidctint.c's z1 to z5 multiplied out.
  let bl = dot2(z17l, pair(11363, 2260), z35l, pair(9633, 6437));
  let bh = dot2(z17h, pair(11363, 2260), z35h, pair(9633, 6437));
  v128.store(block, sum(al, ah, bl, bh, shift), 0);
  v128.store(block, difference(al, ah, bl, bh, shift), 112);

  al = i32x4.add(e1l, e2l);
  ah = i32x4.add(e1h, e2h);
  bl = dot2(z17l, pair(9633, -6436), z35l, pair(-2259, -11362));
  bh = dot2(z17h, pair(9633, -6436), z35h, pair(-2259, -11362));
  v128.store(block, sum(al, ah, bl, bh, shift), 16);
  v128.store(block, difference(al, ah, bl, bh, shift), 96);

  al = i32x4.sub(e1l, e2l);
  ah = i32x4.sub(e1h, e2h);
  bl = dot2(z17l, pair(6437, 9633), z35l, pair(-11362, 2261));
  bh = dot2(z17h, pair(6437, 9633), z35h, pair(-11362, 2261));
  v128.store(block, sum(al, ah, bl, bh, shift), 32);
  v128.store(block, difference(al, ah, bl, bh, shift), 80);

  al = i32x4.sub(e0l, e3l);
  ah = i32x4.sub(e0h, e3h);
  bl = dot2(z17l, pair(2260, -11363), z35l, pair(-6436, 9633));
  bh = dot2(z17h, pair(2260, -11363), z35h, pair(-6436, 9633));
  v128.store(block, sum(al, ah, bl, bh, shift), 48);
  v128.store(block, difference(al, ah, bl, bh, shift), 64);
}

// @ts-ignore: decorator
@inline
function low32(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 0, 4, 1, 5);
}

// @ts-ignore: decorator
@inline
function high32(a: v128, b: v128): v128 {
  return v128.shuffle<i32>(a, b, 2, 6, 3, 7);
}

// @ts-ignore: decorator
@inline
function low64(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 0, 2);
}

// @ts-ignore: decorator
@inline
function high64(a: v128, b: v128): v128 {
  return v128.shuffle<i64>(a, b, 1, 3);
}

// @ts-ignore: decorator
@inline
function low8(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23);
}

// @ts-ignore: decorator
@inline
function high8(a: v128, b: v128): v128 {
  return v128.shuffle<i8>(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31);
}

/** The row pass needs rows in lanes. */
function transposeAndPassRows(block: usize): void {
  const r0 = v128.load(block, 0);
  const r1 = v128.load(block, 16);
  const r2 = v128.load(block, 32);
  const r3 = v128.load(block, 48);
  const a0 = low(r0, r1);
  const a1 = high(r0, r1);
  const a2 = low(r2, r3);
  const a3 = high(r2, r3);
  const b0 = low32(a0, a2);
  const b1 = high32(a0, a2);
  const b2 = low32(a1, a3);
  const b3 = high32(a1, a3);
  const r4 = v128.load(block, 64);
  const r5 = v128.load(block, 80);
  const r6 = v128.load(block, 96);
  const r7 = v128.load(block, 112);
  const a4 = low(r4, r5);
  const a5 = high(r4, r5);
  const a6 = low(r6, r7);
  const a7 = high(r6, r7);
  const b4 = low32(a4, a6);
  const b5 = high32(a4, a6);
  const b6 = low32(a5, a7);
  const b7 = high32(a5, a7);
  pass(
    block, 18, 1 << 17,
    low64(b0, b4), high64(b0, b4), low64(b1, b5), high64(b1, b5),
    low64(b2, b6), high64(b2, b6), low64(b3, b7), high64(b3, b7),
  );
}

/** Lanes are rows: transposes, adds 128, clamps, and stores eight rows of eight bytes. */
function storePixels(block: usize, to: usize, stride: usize): void {
  const a = i8x16.narrow_i16x8_s(v128.load(block, 0), v128.load(block, 32));
  const b = i8x16.narrow_i16x8_s(v128.load(block, 16), v128.load(block, 48));
  const c = i8x16.narrow_i16x8_s(v128.load(block, 64), v128.load(block, 96));
  const d = i8x16.narrow_i16x8_s(v128.load(block, 80), v128.load(block, 112));
  const u0 = low8(a, b);
  const u1 = high8(a, b);
  const u2 = low8(c, d);
  const u3 = high8(c, d);
  const v0 = low(u0, u1);
  const v1 = high(u0, u1);
  const v2 = low(u2, u3);
  const v3 = high(u2, u3);
  const bias = i8x16.splat(-128);
  const w0 = v128.xor(low32(v0, v2), bias);
  const w1 = v128.xor(high32(v0, v2), bias);
  const w2 = v128.xor(low32(v1, v3), bias);
  const w3 = v128.xor(high32(v1, v3), bias);
  v128.store64_lane(to, w0, 0);
  v128.store64_lane(to + stride, w0, 1);
  to += stride << 1;
  v128.store64_lane(to, w1, 0);
  v128.store64_lane(to + stride, w1, 1);
  to += stride << 1;
  v128.store64_lane(to, w2, 0);
  v128.store64_lane(to + stride, w2, 1);
  to += stride << 1;
  v128.store64_lane(to, w3, 0);
  v128.store64_lane(to + stride, w3, 1);
}

/** A block without AC: ((dc * q + 4) >> 3) + 128 everywhere, the same as both passes would give. */
export function idctFlat(dc: i32, quant: usize, to: usize, stride: usize): void {
  const value = ((i32(i16(dc * i32(load<i16>(quant)))) + 4) >> 3) + 128;
  const pixel = value < 0 ? 0 : value > 255 ? 255 : value;
  const row = i64(pixel) * 0x0101010101010101;
  for (let y = 0; y < 8; y++) {
    store<i64>(to, row);
    to += stride;
  }
}

/** 64 coefficients at `from` (natural order, as coded) to 8 x 8 bytes; `work` is 128 bytes. */
export function idct(from: usize, quant: usize, work: usize, to: usize, stride: usize): void {
  pass(
    work, 11, 1 << 10,
    i16x8.mul(v128.load(from, 0), v128.load(quant, 0)),
    i16x8.mul(v128.load(from, 16), v128.load(quant, 16)),
    i16x8.mul(v128.load(from, 32), v128.load(quant, 32)),
    i16x8.mul(v128.load(from, 48), v128.load(quant, 48)),
    i16x8.mul(v128.load(from, 64), v128.load(quant, 64)),
    i16x8.mul(v128.load(from, 80), v128.load(quant, 80)),
    i16x8.mul(v128.load(from, 96), v128.load(quant, 96)),
    i16x8.mul(v128.load(from, 112), v128.load(quant, 112)),
  );
  transposeAndPassRows(work);
  storePixels(work, to, stride);
}

/** The same pass where vectors 4 to 7 are zeros. */
// @ts-ignore: decorator
@inline
function passOfFour(block: usize, shift: i32, round: i32,
  r0: v128, r1: v128, r2: v128, r3: v128): void {
  const half = i32x4.splat(round);
  const evenl = low(r0, r2);
  const evenh = high(r0, r2);
  const oddl = low(r1, r3);
  const oddh = high(r1, r3);

  let al = i32x4.add(i32x4.dot_i16x8_s(evenl, pair(8192, 10703)), half);
  let ah = i32x4.add(i32x4.dot_i16x8_s(evenh, pair(8192, 10703)), half);
  let bl = i32x4.dot_i16x8_s(oddl, pair(11363, 9633));
  let bh = i32x4.dot_i16x8_s(oddh, pair(11363, 9633));
  v128.store(block, sum(al, ah, bl, bh, shift), 0);
  v128.store(block, difference(al, ah, bl, bh, shift), 112);

  al = i32x4.add(i32x4.dot_i16x8_s(evenl, pair(8192, 4433)), half);
  ah = i32x4.add(i32x4.dot_i16x8_s(evenh, pair(8192, 4433)), half);
  bl = i32x4.dot_i16x8_s(oddl, pair(9633, -2259));
  bh = i32x4.dot_i16x8_s(oddh, pair(9633, -2259));
  v128.store(block, sum(al, ah, bl, bh, shift), 16);
  v128.store(block, difference(al, ah, bl, bh, shift), 96);

  al = i32x4.add(i32x4.dot_i16x8_s(evenl, pair(8192, -4433)), half);
  ah = i32x4.add(i32x4.dot_i16x8_s(evenh, pair(8192, -4433)), half);
  bl = i32x4.dot_i16x8_s(oddl, pair(6437, -11362));
  bh = i32x4.dot_i16x8_s(oddh, pair(6437, -11362));
  v128.store(block, sum(al, ah, bl, bh, shift), 32);
  v128.store(block, difference(al, ah, bl, bh, shift), 80);

  al = i32x4.add(i32x4.dot_i16x8_s(evenl, pair(8192, -10703)), half);
  ah = i32x4.add(i32x4.dot_i16x8_s(evenh, pair(8192, -10703)), half);
  bl = i32x4.dot_i16x8_s(oddl, pair(2260, -6436));
  bh = i32x4.dot_i16x8_s(oddh, pair(2260, -6436));
  v128.store(block, sum(al, ah, bl, bh, shift), 48);
  v128.store(block, difference(al, ah, bl, bh, shift), 64);
}

/** Zigzag indexes up to this one lie in the first four rows and columns. */
export const FEW: i32 = 9;

/** The same for a block whose coefficients all have zigzag indexes up to FEW. */
export function idctOfFew(
  from: usize, quant: usize, work: usize, to: usize, stride: usize,
): void {
  passOfFour(
    work, 11, 1 << 10,
    i16x8.mul(v128.load(from, 0), v128.load(quant, 0)),
    i16x8.mul(v128.load(from, 16), v128.load(quant, 16)),
    i16x8.mul(v128.load(from, 32), v128.load(quant, 32)),
    i16x8.mul(v128.load(from, 48), v128.load(quant, 48)),
  );
  // Columns 4 to 7 are zeros: half a transposition.
  const a0 = low(v128.load(work, 0), v128.load(work, 16));
  const a2 = low(v128.load(work, 32), v128.load(work, 48));
  const a4 = low(v128.load(work, 64), v128.load(work, 80));
  const a6 = low(v128.load(work, 96), v128.load(work, 112));
  const b0 = low32(a0, a2);
  const b1 = high32(a0, a2);
  const b4 = low32(a4, a6);
  const b5 = high32(a4, a6);
  passOfFour(
    work, 18, 1 << 17, low64(b0, b4), high64(b0, b4), low64(b1, b5), high64(b1, b5),
  );
  storePixels(work, to, stride);
}

/** The part of a block that FEW coefficients touch. */
// @ts-ignore: decorator
@inline
export function clearFew(block: usize): void {
  const zero = i32x4.splat(0);
  v128.store(block, zero, 0);
  v128.store(block, zero, 16);
  v128.store(block, zero, 32);
  v128.store(block, zero, 48);
}

export function clearBlock(block: usize): void {
  const zero = i32x4.splat(0);
  v128.store(block, zero, 0);
  v128.store(block, zero, 16);
  v128.store(block, zero, 32);
  v128.store(block, zero, 48);
  v128.store(block, zero, 64);
  v128.store(block, zero, 80);
  v128.store(block, zero, 96);
  v128.store(block, zero, 112);
}
