// Entropy-coded bytes on their way from the file to the decoders' bit accumulators.
//
//     raw (as in the file, FF 00 stuffed) -> clean (unstuffed, big-endian words) -> u64 accumulator
//
// Decoders keep accumulator, bit count and pointer in locals. At MCU borders they compare the
// pointer with one limit; everything that is rare (the window is used up, an interval ends, the
// file is cut) lies behind that one test, here. Raw bytes lie in a window of the file or in the
// whole of it; the clean ones have a buffer that each scan brings along.
import { MCU_BYTES_MAX, PREDICTORS, SCAN, SCAN_BYTES, STATE } from './memory';

export const ACC: usize = STATE; // u64, next bit at the top
export const BITS: usize = STATE + 8; // valid bits in it
export const P: usize = STATE + 12; // next clean word
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
const CLEAN: usize = STATE + 92; // the buffer of clean bytes
const CLEAN_FULL: usize = STATE + 96; // unstuffing stops here: vectors and padding need the rest

export const READY: i32 = 0;
export const NEED_DATA: i32 = 1;
export const DAMAGED: i32 = 2;

const NO_RESTARTS: i32 = 0x7fffffff;
/** Zeros behind the last byte, and what a vector store may write too much. */
const CLEAN_SLACK_BYTES: usize = 128;

/** Begins to read a scan's data. `cleanBytes` is at least three times MCU_BYTES_MAX. */
export function startBits(interval: i32, clean: usize, cleanBytes: usize): void {
  store<usize>(CLEAN, clean);
  store<usize>(CLEAN_FULL, clean + cleanBytes - CLEAN_SLACK_BYTES);
  store<i32>(INTERVAL, interval);
  store<i32>(NEXT_RESTART, 0);
  store<i32>(AT_START, 1);
  resetInterval();
  store<i32>(LEFT, interval == 0 ? NO_RESTARTS : interval);
}

/** The next bytes of the file. Those of the last ones that were not taken lead them. */
export function setRaw(from: usize, bytes: i32, final: i32): void {
  store<usize>(RAW_AT, from);
  store<usize>(RAW_END, from + bytes);
  store<i32>(RAW_FINAL, final);
}

/** Raw bytes that were not taken. */
export function rawLeft(): i32 {
  return i32(load<usize>(RAW_END) - load<usize>(RAW_AT));
}

/** Scans that are read side by side take turns: puts the current one's state aside. */
export function saveScan(to: usize): void {
  memory.copy(to, SCAN, SCAN_BYTES);
}

export function loadScan(from: usize): void {
  memory.copy(SCAN, from, SCAN_BYTES);
}

export function resetInterval(): void {
  const clean = load<usize>(CLEAN);
  store<u64>(ACC, 0);
  store<i32>(BITS, 0);
  store<usize>(P, clean);
  store<usize>(CLEAN_END, clean);
  store<usize>(SWAPPED, clean);
  store<i32>(ENDED, 0);
  store<i32>(EOB_RUN, 0);
  v128.store(PREDICTORS, i32x4.splat(0));
  // Below every pointer: the first MCU fills the buffer.
  store<usize>(LIMIT, 0);
}

/** The decoder has read bits that the interval does not have. */
export function overrun(): bool {
  if (!load<i32>(ENDED)) return false;
  // The padding is longer than what a decoder takes too much.
  const ahead = (i32(load<usize>(P)) - i32(load<usize>(CLEAN_END))) * 8;
  return ahead > load<i32>(BITS);
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

/** Moves what is not yet read to the front of the clean bytes. */
function compact(): void {
  const from = load<usize>(P);
  const clean = load<usize>(CLEAN);
  const shift = from - clean;
  if (shift == 0) return;
  memory.copy(clean, from, load<usize>(CLEAN_END) - from);
  store<usize>(P, clean);
  store<usize>(CLEAN_END, load<usize>(CLEAN_END) - shift);
  store<usize>(SWAPPED, load<usize>(SWAPPED) - shift);
}

/** Copies raw bytes without stuffing, until a marker, their end or a full buffer. */
function unstuff(): void {
  const end = load<usize>(RAW_END);
  let from = load<usize>(RAW_AT);
  let to = load<usize>(CLEAN_END);
  const full = load<usize>(CLEAN_FULL);
  const ff = i8x16.splat(-1);
  while (from < end && to < full) {
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
