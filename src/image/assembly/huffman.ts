// Huffman look-up tables (ITU T.81, annex C and F.2.2.3).
//
// The top LOOKUP_BITS bits of the accumulator choose an entry. Where code and magnitude fit into
// them, one look-up gives a whole coefficient:
//
//     value i16 << 16 | zeros before it << 8 | bits to take
//
// An end of block has 128 zeros before it, so every loop ends on one test. Other entries have
// LONG set: SIZED ones give size << 16 | zeros << 8 | LONG | bits of the code, and the magnitude
// follows; with no bits given the code itself is longer than the look-up.
import { HUFFMAN_SPEC, LOOKUP_BITS } from './memory';

export const LONG: i32 = 0x80;
export const END_OF_BLOCK: i32 = 128;

// After the look-up: for code lengths 1 to 16 the first code that is too large, left-aligned to
// 16 bits, as u32; then i32 offsets of symbols; then the symbols.
const CEILINGS: usize = 1 << (LOOKUP_BITS + 2);
const OFFSETS: usize = CEILINGS + 68;
const SYMBOLS: usize = OFFSETS + 68;

// What the symbols of a table mean; kind 1 is the first scan of progressive AC coefficients.
const SEQUENTIAL: i32 = 0;
const DC: i32 = 2;
const REFINING: i32 = 3;

/** Builds a table of TABLE_BYTES from HUFFMAN_SPEC, whose counts were checked to fit. */
export function buildHuffman(table: usize, kind: i32): void {
  for (let i: usize = 0; i < 1 << (LOOKUP_BITS + 2); i += 4) store<u32>(table + i, LONG);
  let code: i32 = 0;
  let index: i32 = 0;
  for (let length: i32 = 1; length <= 16; length++) {
    const count = i32(load<u8>(HUFFMAN_SPEC + length - 1));
    store<i32>(table + OFFSETS + (length << 2), index - code);
    for (let i: i32 = 0; i < count; i++) {
      const symbol = i32(load<u8>(HUFFMAN_SPEC + 16 + index));
      store<u8>(table + SYMBOLS + index, u8(symbol));
      if (length <= LOOKUP_BITS) fillEntries(table, code, length, symbol, kind);
      code++;
      index++;
    }
    store<u32>(table + CEILINGS + (length << 2), u32(code) << (16 - length));
    code <<= 1;
  }
}

function fillEntries(table: usize, code: i32, length: i32, symbol: i32, kind: i32): void {
  const rest = LOOKUP_BITS - length;
  const size = sizeOf(symbol, kind);
  const zeros = zerosOf(symbol, kind);
  for (let tail: i32 = 0; tail < 1 << rest; tail++) {
    let entry: i32;
    if (zeros < 0) {
      // A run of ended blocks: its length follows, the decoder of the scan reads it.
      entry = ((symbol >> 4) << 8) | LONG | length;
    } else if (size <= rest) {
      const value = size == 0 ? 0 : extend(tail >> (rest - size), size);
      entry = (value << 16) | (zeros << 8) | (length + size);
    } else {
      entry = (size << 16) | (zeros << 8) | LONG | length;
    }
    store<i32>(table + (((code << rest) + tail) << 2), entry);
  }
}

/** Zeros before the coefficient, or -1 for a run of ended blocks. */
export function zerosOf(symbol: i32, kind: i32): i32 {
  if (kind == DC) return 0;
  if ((symbol & 15) != 0 || symbol == 0xf0) return symbol >> 4;
  return kind == SEQUENTIAL ? END_OF_BLOCK : -1;
}

/** Bits of magnitude. A refining scan's coefficients have one, whatever the symbol says. */
function sizeOf(symbol: i32, kind: i32): i32 {
  if (kind == DC) return symbol;
  const size = symbol & 15;
  return kind == REFINING ? min(size, 1) : size;
}

/** The signed value of `size` magnitude bits (F.2.2.1, EXTEND). */
// @ts-ignore: decorator
@inline
export function extend(bits: i32, size: i32): i32 {
  return bits < 1 << (size - 1) ? bits - (1 << size) + 1 : bits;
}

/** A code that is longer than the look-up: symbol << 8 | length, or -1 if there is none. */
export function longSymbol(acc: u64, table: usize): i32 {
  const top = u32(acc >> 48);
  for (let length: i32 = LOOKUP_BITS + 1; length <= 16; length++) {
    if (top < load<u32>(table + CEILINGS + (length << 2))) {
      const index = i32(top >> (16 - length)) + load<i32>(table + OFFSETS + (length << 2));
      return (i32(load<u8>(table + SYMBOLS + (index & 255))) << 8) | length;
    }
  }
  return -1;
}

/**
 * The LONG entry for the accumulator's next code, in SIZED form: size << 16 | zeros << 8 | bits.
 * -1 if there is no such code.
 */
export function longEntry(acc: u64, table: usize, entry: i32, kind: i32): i32 {
  if ((entry & 0x1f) != 0) return entry & ~LONG;
  const found = longSymbol(acc, table);
  if (found < 0) return -1;
  const symbol = found >> 8;
  const zeros = zerosOf(symbol, kind);
  if (zeros < 0) return ((symbol >> 4) << 8) | (found & 31);
  return (sizeOf(symbol, kind) << 16) | (zeros << 8) | (found & 31);
}
