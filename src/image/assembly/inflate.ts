// Inflate (RFC 1950, RFC 1951), from a window of the file to PNG rows. The platform's own
// DecompressionStream took three times as long, by its pieces of 16 kB and their promises.
//
// An entry of a look-up table, chosen by the next bits of the stream (they come low bit first):
//
//     literal, or first length or distance u16 << 16 | extra bits << 8 | flags | bits of the code
//
// Codes that are longer than the look-up, or do not exist, have entry SPECIAL with no bits.
import { DAMAGED, NEED_DATA, READY } from './bits';
import { CLEAN, RAW, TABLES } from './memory';
import { pushPng } from './png';

const LITERAL: u32 = 0x20;
const SPECIAL: u32 = 0x40;
const END: u32 = 0x80;

const LOOKUP_BITS: i32 = 11;
const LOOKUP_BYTES: usize = 1 << (LOOKUP_BITS + 2);
const CODE_BITS_MAX: i32 = 15;

const LITERALS: usize = TABLES;
const DISTANCES: usize = TABLES + 16384;
/** Code lengths of up to 288 + 32 symbols. */
const LENGTHS: usize = TABLES + 32768;
/** After a look-up: u16 counts of codes by length, then u16 symbols in the order of codes. */
const COUNTS: usize = LOOKUP_BYTES;
const SYMBOLS: usize = LOOKUP_BYTES + 64;

/** Output: 32 kB that matches may refer to, then what is new. */
const HISTORY: usize = 32768;
const OUT: usize = CLEAN;
const OUT_LIMIT: usize = CLEAN + 69000;

/** A block's tables take at most 14 + 19 * 3 + 320 * 14 bits. */
const HEADER_BYTES_MAX: usize = 640;

const AT_START: i32 = 0;
const AT_BLOCK: i32 = 1;
const IN_CODES: i32 = 2;
const IN_STORED: i32 = 3;
const AT_END: i32 = 4;

const LENGTH_BASES: usize = memory.data<u16>([
  3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115, 131,
  163, 195, 227, 258,
]);
const LENGTH_EXTRAS: usize = memory.data<u8>([
  0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4, 5, 5, 5, 5, 0,
]);
const CODE_ORDER: usize = memory.data<u8>([
  16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
]);

let state: i32 = AT_START;
let lastBlock: bool = false;
let storedLeft: usize = 0;
let acc: u64 = 0;
let bits: i32 = 0;
let p: usize = 0;
let inputEnd: usize = 0;
let inputFinal: bool = false;
let out: usize = 0;
/** What is before this has gone to the rows. */
let pushed: usize = 0;

export function startInflate(): void {
  state = AT_START;
  lastBlock = false;
  acc = 0;
  bits = 0;
  p = RAW;
  inputEnd = RAW;
  inputFinal = false;
  out = OUT;
  pushed = OUT;
}

/** Moves what is left of the input to its front; new bytes go behind it. Returns its length. */
export function keepInput(): usize {
  const left = p < inputEnd ? inputEnd - p : 0;
  memory.copy(RAW, p, left);
  p = RAW;
  inputEnd = RAW + left;
  return left;
}

export function addInput(bytes: usize, final: i32): void {
  inputEnd += bytes;
  inputFinal = final != 0;
  memory.fill(inputEnd, 0, 32);
}

// @ts-ignore: decorator
@inline
function refill(): void {
  acc |= load<u64>(p) << bits;
  p += (63 - bits) >> 3;
  bits |= 56;
}

function take(count: i32): i32 {
  if (bits < count) refill();
  const value = i32(acc & ((u64(1) << count) - 1));
  acc >>= count;
  bits -= count;
  return value;
}

/** More bits were taken than the whole input has. */
function overrun(): bool {
  return inputFinal && p - usize(bits >> 3) > inputEnd;
}

/** READY: the rows have all they need; NEED_DATA; DAMAGED. */
export function inflate(): i32 {
  while (true) {
    if (!inputFinal && p + HEADER_BYTES_MAX > inputEnd) return NEED_DATA;
    let result = READY;
    if (state == AT_START) {
      const header = take(16);
      const swapped = ((header & 0xff) << 8) | (header >> 8);
      // Method 8, no preset dictionary, check bits.
      if ((header & 15) != 8 || (header & 0x2000) != 0 || swapped % 31 != 0) return DAMAGED;
      state = AT_BLOCK;
    } else if (state == AT_BLOCK) {
      if (lastBlock) state = AT_END;
      else if (!beginBlock()) return DAMAGED;
    } else if (state == IN_CODES) {
      result = inflateCodes();
    } else if (state == IN_STORED) {
      copyStored();
    }
    if (result == DAMAGED || overrun()) return DAMAGED;
    if (out >= OUT_LIMIT || state == AT_END) {
      const rows = pushPng(pushed, out - pushed);
      // The stream has ended before the rows.
      if (rows == NEED_DATA && state == AT_END) return DAMAGED;
      if (rows != NEED_DATA) return rows;
      memory.copy(OUT, out - HISTORY, HISTORY);
      out = OUT + HISTORY;
      pushed = out;
    }
  }
}

function beginBlock(): bool {
  lastBlock = take(1) != 0;
  const type = take(2);
  if (type == 3) return false;
  if (type == 0) {
    take(bits & 7);
    const length = take(16);
    if ((length ^ take(16)) != 0xffff) return false;
    // Whole bytes that were taken too early go back.
    p -= usize(bits >> 3);
    acc = 0;
    bits = 0;
    storedLeft = usize(length);
    state = IN_STORED;
    return true;
  }
  state = IN_CODES;
  if (type == 2) return readTables();
  memory.fill(LENGTHS, 8, 144);
  memory.fill(LENGTHS + 144, 9, 112);
  memory.fill(LENGTHS + 256, 7, 24);
  memory.fill(LENGTHS + 280, 8, 8);
  if (!buildTable(LITERALS, LENGTHS, 288, true)) return false;
  memory.fill(LENGTHS, 5, 30);
  return buildTable(DISTANCES, LENGTHS, 30, false);
}

function readTables(): bool {
  const literals = take(5) + 257;
  const distances = take(5) + 1;
  const codes = take(4) + 4;
  if (literals > 286 || distances > 30) return false;
  memory.fill(LENGTHS, 0, 19);
  for (let i = 0; i < codes; i++) {
    store<u8>(LENGTHS + load<u8>(CODE_ORDER + i), u8(take(3)));
  }
  if (!buildTable(DISTANCES, LENGTHS, 19, false)) return false;
  let at = 0;
  const total = literals + distances;
  while (at < total) {
    refill();
    const symbol = slowSymbol(DISTANCES);
    if (symbol < 0) return false;
    let value = symbol;
    let times = 1;
    if (symbol == 16) {
      if (at == 0) return false;
      value = i32(load<u8>(LENGTHS + at - 1));
      times = 3 + take(2);
    } else if (symbol > 16) {
      value = 0;
      times = symbol == 17 ? 3 + take(3) : 11 + take(7);
    }
    if (at + times > total) return false;
    memory.fill(LENGTHS + at, u8(value), times);
    at += times;
  }
  // Without an end of block it could not end.
  if (load<u8>(LENGTHS + 256) == 0) return false;
  return (
    buildTable(LITERALS, LENGTHS, literals, true) &&
    buildTable(DISTANCES, LENGTHS + literals, distances, false)
  );
}

/** Look-up and canonical lists of one code. Too many codes are damage, too few are allowed. */
function buildTable(table: usize, lengths: usize, count: i32, literals: bool): bool {
  const counts = table + COUNTS;
  memory.fill(counts, 0, 64);
  for (let i = 0; i < count; i++) {
    const at = counts + (usize(load<u8>(lengths + i)) << 1);
    store<u16>(at, load<u16>(at) + 1);
  }
  store<u16>(counts, 0);
  for (let i: usize = 0; i < LOOKUP_BYTES; i += 4) store<u32>(table + i, SPECIAL);
  let code = 0;
  let index = 0;
  for (let length = 1; length <= CODE_BITS_MAX; length++) {
    code <<= 1;
    if (code + i32(load<u16>(counts + (length << 1))) > 1 << length) return false;
    for (let symbol = 0; symbol < count; symbol++) {
      if (i32(load<u8>(lengths + symbol)) != length) continue;
      store<u16>(table + SYMBOLS + (index++ << 1), u16(symbol));
      if (length <= LOOKUP_BITS) {
        const entry = entryOf(symbol, literals) | u32(length);
        let at = reverse(code, length);
        while (at < 1 << LOOKUP_BITS) {
          store<u32>(table + (usize(at) << 2), entry);
          at += 1 << length;
        }
      }
      code++;
    }
  }
  return true;
}

function reverse(code: i32, length: i32): i32 {
  let reversed = 0;
  for (let i = 0; i < length; i++) reversed |= ((code >> i) & 1) << (length - 1 - i);
  return reversed;
}

function entryOf(symbol: i32, literals: bool): u32 {
  if (!literals) {
    if (symbol > 29) return SPECIAL;
    const extra = symbol < 4 ? 0 : (symbol >> 1) - 1;
    const base = symbol < 4 ? symbol + 1 : ((2 + (symbol & 1)) << extra) + 1;
    return (u32(base) << 16) | (u32(extra) << 8);
  }
  if (symbol < 256) return (u32(symbol) << 16) | LITERAL;
  if (symbol == 256) return END | SPECIAL;
  if (symbol > 285) return SPECIAL;
  const extra = u32(load<u8>(LENGTH_EXTRAS + symbol - 257));
  return (u32(load<u16>(LENGTH_BASES + ((symbol - 257) << 1))) << 16) | (extra << 8);
}

/** Any code, bit by bit; takes its bits. -1 if there is none. */
function slowSymbol(table: usize): i32 {
  let code = 0;
  let first = 0;
  let index = 0;
  for (let length = 1; length <= CODE_BITS_MAX; length++) {
    code |= i32((acc >> (length - 1)) & 1);
    const count = i32(load<u16>(table + COUNTS + (length << 1)));
    if (code - first < count) {
      acc >>= length;
      bits -= length;
      return i32(load<u16>(table + SYMBOLS + ((index + code - first) << 1)));
    }
    index += count;
    first = (first + count) << 1;
    code <<= 1;
  }
  return -1;
}

function copyStored(): void {
  const here = p < inputEnd ? inputEnd - p : 0;
  const taken = min(min(storedLeft, OUT_LIMIT + 256 - out), here);
  memory.copy(out, p, taken);
  p += taken;
  out += taken;
  storedLeft -= taken;
  if (storedLeft == 0) state = AT_BLOCK;
  // What is missing counts as taken: the end of the input is noticed by that.
  else if (inputFinal && taken == here && out < OUT_LIMIT) p = inputEnd + 1;
}

/** Literals and matches, until the block, the output's room or the input ends. */
function inflateCodes(): i32 {
  let a = acc;
  let n = bits;
  let at = p;
  let to = out;
  const inputLimit = inputFinal ? inputEnd + 8 : inputEnd - HEADER_BYTES_MAX;
  while (at <= inputLimit && to < OUT_LIMIT) {
    a |= load<u64>(at) << n;
    at += (63 - n) >> 3;
    n |= 56;
    let entry = load<u32>(LITERALS + (usize(a & 2047) << 2));
    if (entry & LITERAL) {
      a >>= entry & 0x1f;
      n -= entry & 0x1f;
      store<u8>(to++, entry >> 16);
      entry = load<u32>(LITERALS + (usize(a & 2047) << 2));
      if (entry & LITERAL) {
        a >>= entry & 0x1f;
        n -= entry & 0x1f;
        store<u8>(to++, entry >> 16);
        entry = load<u32>(LITERALS + (usize(a & 2047) << 2));
        if (entry & LITERAL) {
          a >>= entry & 0x1f;
          n -= entry & 0x1f;
          store<u8>(to++, entry >> 16);
          continue;
        }
      }
      a |= load<u64>(at) << n;
      at += (63 - n) >> 3;
      n |= 56;
    }
    if (entry & SPECIAL) {
      acc = a;
      bits = n;
      const symbol = slowSymbol(LITERALS);
      a = acc;
      n = bits;
      if (symbol < 0) return DAMAGED;
      entry = entryOf(symbol, true);
      if (entry & LITERAL) {
        store<u8>(to++, entry >> 16);
        continue;
      }
      if (entry & END) {
        state = AT_BLOCK;
        break;
      }
      if (entry & SPECIAL) return DAMAGED;
      // 56 bits do not suffice for a long code and all that may follow it.
      a |= load<u64>(at) << n;
      at += (63 - n) >> 3;
      n |= 56;
    }
    a >>= entry & 0x1f;
    n -= entry & 0x1f;
    let extra = (entry >> 8) & 0x1f;
    const length = usize((entry >> 16) + (u32(a) & ((1 << extra) - 1)));
    a >>= extra;
    n -= extra;
    entry = load<u32>(DISTANCES + (usize(a & 2047) << 2));
    if (entry & SPECIAL) {
      acc = a;
      bits = n;
      const symbol = slowSymbol(DISTANCES);
      a = acc;
      n = bits;
      if (symbol < 0 || symbol > 29) return DAMAGED;
      entry = entryOf(symbol, false);
    }
    a >>= entry & 0x1f;
    n -= entry & 0x1f;
    extra = (entry >> 8) & 0x1f;
    const distance = usize((entry >> 16) + (u32(a) & ((1 << extra) - 1)));
    a >>= extra;
    n -= extra;
    if (distance > to - OUT) return DAMAGED;
    copyMatch(to, distance, length);
    to += length;
  }
  acc = a;
  bits = n;
  p = at;
  out = to;
  // Beyond the zeros behind the last byte.
  return inputFinal && at > inputEnd + 8 ? DAMAGED : READY;
}

/** May write up to 15 bytes more than asked for. */
// @ts-ignore: decorator
@inline
function copyMatch(to: usize, distance: usize, length: usize): void {
  const from = to - distance;
  if (distance >= 16) {
    for (let i: usize = 0; i < length; i += 16) v128.store(to + i, v128.load(from + i));
  } else if (distance == 1) {
    const value = i8x16.splat(load<i8>(from));
    for (let i: usize = 0; i < length; i += 16) v128.store(to + i, value);
  } else {
    for (let i: usize = 0; i < length; i++) store<u8>(to + i, load<u8>(from + i));
  }
}
