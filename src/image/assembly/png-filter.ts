// PNG's row filters (PNG, third edition, chapter 9), undone in place. Pixels of 3 to 8 bytes are
// handled as vectors, one after another; a store may reach into the next pixel, which therefore is
// loaded before. Rows have 16 bytes to spare behind them.

const NONE: i32 = 0;
const SUB: i32 = 1;
const UP: i32 = 2;
const AVERAGE: i32 = 3;
const PAETH: i32 = 4;

/** `above` is the row before, unfiltered, or zeros. False for an unknown filter. */
export function unfilter(filter: i32, row: usize, above: usize, bytes: usize, bpp: usize): bool {
  if (filter == NONE) return true;
  if (filter > PAETH) return false;
  if (filter == UP) up(row, above, bytes);
  else if (bpp < 3) unfilterBytes(filter, row, above, bytes, bpp);
  else if (filter == SUB) sub(row, bytes, bpp);
  else if (filter == AVERAGE) average(row, above, bytes, bpp);
  else paeth(row, above, bytes, bpp);
  return true;
}

function up(row: usize, above: usize, bytes: usize): void {
  for (let i: usize = 0; i < bytes; i += 16) {
    v128.store(row + i, i8x16.add(v128.load(row + i), v128.load(above + i)));
  }
}

/** Bytewise, as the standard says it. */
function unfilterBytes(filter: i32, row: usize, above: usize, bytes: usize, bpp: usize): void {
  for (let i: usize = 0; i < bytes; i++) {
    const a = i >= bpp ? i32(load<u8>(row + i - bpp)) : 0;
    const b = i32(load<u8>(above + i));
    const c = i >= bpp ? i32(load<u8>(above + i - bpp)) : 0;
    let guess = a;
    if (filter == AVERAGE) guess = (a + b) >> 1;
    if (filter == PAETH) {
      const pa = abs(b - c);
      const pb = abs(a - c);
      const pc = abs(a + b - 2 * c);
      guess = pa <= pb && pa <= pc ? a : pb <= pc ? b : c;
    }
    store<u8>(row + i, u8(i32(load<u8>(row + i)) + guess));
  }
}

// @ts-ignore: decorator
@inline
function storePixel(at: usize, pixel: v128, bpp: usize): void {
  if (bpp <= 4) v128.store32_lane(at, pixel, 0);
  else v128.store64_lane(at, pixel, 0);
}

function sub(row: usize, bytes: usize, bpp: usize): void {
  let left = i32x4.splat(0);
  let pixel = v128.load64_zero(row);
  for (let i: usize = 0; i < bytes; i += bpp) {
    const next = v128.load64_zero(row + i + bpp);
    left = i8x16.add(left, pixel);
    storePixel(row + i, left, bpp);
    pixel = next;
  }
}

function average(row: usize, above: usize, bytes: usize, bpp: usize): void {
  let left = i32x4.splat(0);
  let pixel = v128.load64_zero(row);
  for (let i: usize = 0; i < bytes; i += bpp) {
    const next = v128.load64_zero(row + i + bpp);
    const b = v128.load64_zero(above + i);
    // avgr rounds up: less one where the sum is odd.
    const odd = v128.and(v128.xor(left, b), i8x16.splat(1));
    left = i8x16.add(pixel, i8x16.sub(i8x16.avgr_u(left, b), odd));
    storePixel(row + i, left, bpp);
    pixel = next;
  }
}

function paeth(row: usize, above: usize, bytes: usize, bpp: usize): void {
  const zero = i32x4.splat(0);
  let a = zero;
  let c = zero;
  let pixel = v128.load64_zero(row);
  for (let i: usize = 0; i < bytes; i += bpp) {
    const next = v128.load64_zero(row + i + bpp);
    const b = i16x8.extend_low_i8x16_u(v128.load64_zero(above + i));
    const bc = i16x8.sub(b, c);
    const ac = i16x8.sub(a, c);
    const pa = i16x8.abs(bc);
    const pb = i16x8.abs(ac);
    const pc = i16x8.abs(i16x8.add(bc, ac));
    const least = i16x8.min_s(pc, i16x8.min_s(pa, pb));
    const bOrC = v128.bitselect(b, c, i16x8.eq(least, pb));
    const guess = v128.bitselect(a, bOrC, i16x8.eq(least, pa));
    const sum = i8x16.add(pixel, i8x16.narrow_i16x8_u(guess, zero));
    storePixel(row + i, sum, bpp);
    a = i16x8.extend_low_i8x16_u(sum);
    c = b;
    pixel = next;
  }
}
