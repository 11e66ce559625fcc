// Entropy-coded bytes on their way from the file to the decoders' bit accumulators.
//
//     RAW (as in the file, FF 00 stuffed) -> CLEAN (unstuffed, big-endian words) -> u64 accumulator
//
// Decoders keep accumulator, bit count and pointer in locals. At MCU borders they compare the
// pointer with one limit; everything that is rare (the window is used up, an interval ends, the
// file is cut) lies behind that one test, here.
import { CLEAN, MCU_BYTES_MAX, PREDICTORS, RAW, STATE } from './memory';

export const ACC: usize = STATE; // u64, next bit at the top
export const BITS: usize = STATE + 8; // valid bits in it
export const P: usize = STATE + 12; // next word of CLEAN
export const LIMIT: usize = STATE + 16; // a decoder with P beyond this calls prepare()
export const RAW_AT: usize = STATE + 20;
export const RAW_END: usize = STATE + 24;
export const RAW_FINAL: usize = STATE + 28; // 1: the file has nothing after RAW_END
export const CLEAN_END: usize = STATE + 32; // after the last clean byte
export const SWAPPED: usize = STATE + 36; // words before this are big-endian words
export const ENDED: usize = STATE + 40; // 1: a marker (or the file's end) follows CLEAN_END
export const INTERVAL: usize = STATE + 44; // MCUs between restarts, 0: none
export const LEFT: usize = STATE + 48; // MCUs until the next restart
export const NEXT_RESTART: usize = STATE + 52; // 0 to 7
export const EOB_RUN: usize = STATE + 56;
export const AT_START: usize = STATE + 60; // 1: the scan's first interval, which has no marker

export const READY: i32 = 0;
export const NEED_DATA: i32 = 1;
export const DAMAGED: i32 = 2;

const NO_RESTARTS: i32 = 0x7fffffff;

/** Begins to read a scan's data; the caller has put the first window into RAW. */
export function startBits(interval: i32): void {
  store<i32>(INTERVAL, interval);
  store<i32>(NEXT_RESTART, 0);
  store<i32>(AT_START, 1);
  resetInterval();
  store<i32>(LEFT, interval == 0 ? NO_RESTARTS : interval);
}

/** A window of the file lies at RAW. Bytes of the last one that were not taken lead it. */
export function setRaw(bytes: i32, final: i32): void {
  store<usize>(RAW_AT, RAW);
  store<usize>(RAW_END, RAW + bytes);
  store<i32>(RAW_FINAL, final);
}

/** Bytes of RAW that were not taken. */
export function rawLeft(): i32 {
  return i32(load<usize>(RAW_END) - load<usize>(RAW_AT));
}

export function resetInterval(): void {
  store<u64>(ACC, 0);
  store<i32>(BITS, 0);
  store<usize>(P, CLEAN);
  store<usize>(CLEAN_END, CLEAN);
  store<usize>(SWAPPED, CLEAN);
  store<i32>(ENDED, 0);
  store<i32>(EOB_RUN, 0);
  v128.store(PREDICTORS, i32x4.splat(0));
  // Below every pointer: the first MCU fills the buffer.
  store<usize>(LIMIT, 0);
}

/** The decoder has read bits that the interval does not have. */
export function overrun(): bool {
  if (!load<i32>(ENDED)) return false;
  const used = (i32(load<usize>(P)) - i32(CLEAN)) * 8 - load<i32>(BITS);
  return used > (i32(load<usize>(CLEAN_END)) - i32(CLEAN)) * 8;
}

/** Ensures that one more MCU can be read without a test; P and the accumulator are in STATE. */
export function fill(): i32 {
  if (load<i32>(ENDED)) return DAMAGED;
  compact();
  unstuff();
  let ended = load<i32>(ENDED);
  const at = load<usize>(P);
  if (!ended && load<usize>(SWAPPED) < at + MCU_BYTES_MAX + 8) {
    if (!load<i32>(RAW_FINAL)) {
      // P has moved below the old limit: the next call must come here again.
      store<usize>(LIMIT, 0);
      return NEED_DATA;
    }
    // The file ends inside the data: what is there may still suffice.
    store<i32>(ENDED, 1);
    ended = 1;
  }
  if (ended) {
    pad();
    store<usize>(LIMIT, load<usize>(CLEAN_END) + 8);
  } else {
    store<usize>(LIMIT, load<usize>(SWAPPED) - MCU_BYTES_MAX - 8);
  }
  return READY;
}

/** Moves what is not yet read to the front of CLEAN. */
function compact(): void {
  const from = load<usize>(P);
  const shift = from - CLEAN;
  if (shift == 0) return;
  memory.copy(CLEAN, from, load<usize>(CLEAN_END) - from);
  store<usize>(P, CLEAN);
  store<usize>(CLEAN_END, load<usize>(CLEAN_END) - shift);
  store<usize>(SWAPPED, load<usize>(SWAPPED) - shift);
}

/** Copies RAW to CLEAN without stuffing, until a marker or the window's end. */
function unstuff(): void {
  const end = load<usize>(RAW_END);
  let from = load<usize>(RAW_AT);
  let to = load<usize>(CLEAN_END);
  const ff = i8x16.splat(-1);
  while (from < end) {
    if (from + 16 <= end) {
      const bytes = v128.load(from);
      const mask = i8x16.bitmask(i8x16.eq(bytes, ff));
      v128.store(to, bytes);
      const clean = mask == 0 ? 16 : ctz(mask);
      from += clean;
      to += clean;
      if (mask == 0) continue;
    } else if (load<u8>(from) != 0xff) {
      store<u8>(to++, load<u8>(from++));
      continue;
    }
    // One byte more decides what this FF is.
    if (from + 1 >= end) break;
    const next = load<u8>(from + 1);
    if (next == 0xff) {
      from++;
    } else if (next == 0) {
      store<u8>(to++, 0xff);
      from += 2;
    } else {
      store<i32>(ENDED, 1);
      break;
    }
  }
  store<usize>(RAW_AT, from);
  store<usize>(CLEAN_END, to);
  swap(to & ~3);
}

function swap(end: usize): void {
  let at = load<usize>(SWAPPED);
  while (at + 16 <= end) {
    const bytes = v128.load(at);
    v128.store(
      at,
      v128.shuffle<u8>(bytes, bytes, 3, 2, 1, 0, 7, 6, 5, 4, 11, 10, 9, 8, 15, 14, 13, 12),
    );
    at += 16;
  }
  while (at < end) {
    store<u32>(at, bswap(load<u32>(at)));
    at += 4;
  }
  store<usize>(SWAPPED, at);
}

/** Zeros after the last byte, so that reading a little too far is harmless. */
function pad(): void {
  const end = load<usize>(CLEAN_END);
  memory.fill(end, 0, 64);
  swap((end + 35) & ~3);
}

/** Moves RAW_AT to the FF of the next marker. */
export function seekMarker(): i32 {
  if (load<i32>(ENDED) && rawLeft() >= 2) return READY;
  const end = load<usize>(RAW_END);
  let at = load<usize>(RAW_AT);
  const ff = i8x16.splat(-1);
  while (at + 1 < end) {
    if (at + 16 <= end) {
      const mask = i8x16.bitmask(i8x16.eq(v128.load(at), ff));
      if (mask == 0) {
        at += 16;
        continue;
      }
      at += ctz(mask);
      if (at + 1 >= end) break;
    }
    const next = load<u8>(at + 1);
    if (load<u8>(at) == 0xff && next != 0 && next != 0xff) {
      store<usize>(RAW_AT, at);
      return READY;
    }
    at++;
  }
  // A last FF may begin a marker.
  if (at < end && load<u8>(at) != 0xff) at = end;
  store<usize>(RAW_AT, at);
  return load<i32>(RAW_FINAL) ? DAMAGED : NEED_DATA;
}

/** Between two intervals: takes the restart marker that must be there. */
export function takeRestart(): i32 {
  if (load<i32>(AT_START)) {
    store<i32>(AT_START, 0);
    return READY;
  }
  const found = seekMarker();
  if (found != READY) return found;
  const at = load<usize>(RAW_AT);
  const expected = load<i32>(NEXT_RESTART);
  if (i32(load<u8>(at + 1)) != 0xd0 + expected) return DAMAGED;
  store<usize>(RAW_AT, at + 2);
  store<i32>(NEXT_RESTART, (expected + 1) & 7);
  resetInterval();
  return READY;
}
