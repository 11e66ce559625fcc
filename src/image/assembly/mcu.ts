// Sequential scans: the hot loop. One call decodes what is left of one row of MCUs.
import {
  ACC, BITS, DAMAGED, INTERVAL, LEFT, LIMIT, P, READY, fill, overrun, startBits, takeRestart,
} from './bits';
import { LONG, END_OF_BLOCK, extend, longEntry } from './huffman';
import { FEW, clearBlock, clearFew, idct, idctFlat, idctOfFew } from './idct';
import {
  BLOCK, LOOKUP_BITS, MCU_BLOCKS, PREDICTORS, QUANT, STATE, WORK,
} from './memory';

// One entry of MCU_BLOCKS: a block of the MCU, in scan order.
export const DC_TABLE: usize = 0;
export const AC_TABLE: usize = 4;
export const PREDICTOR: usize = 8;
const QUANT_AT: usize = 12;
export const NEED: usize = 16; // u8 for each block column of this row: 1 if it is needed
export const COLUMNS: usize = 20; // i32 for each block column: its place among the stored ones
export const STEP: usize = 24; // block columns a MCU
export const TO: usize = 28; // pixels: the block row's first byte; coefficients: its first block
const STRIDE: usize = 32;
export const FIRST: usize = 36; // block column of MCU 0
export const MASKS: usize = 40; // progressive: u64 for each block column
export const ENTRY: usize = 64;

// Beside the bit reader's state.
export const MCU: usize = STATE + 64; // next MCU of the scan
export const MCUS_WIDE: usize = STATE + 68;
const MCUS: usize = STATE + 72;
export const BLOCKS: usize = STATE + 76;
const KEEP: usize = STATE + 80; // 1: coefficients are kept, 0: pixels are made at once
const MCU_NEED: usize = STATE + 84; // u8 for each MCU column
const ROW_NEED: usize = STATE + 88; // u8 for each MCU row

/** natural order * 2 of each zigzag index; damaged blocks cannot leave their 64 coefficients. */
const ZIGZAG: usize = memory.data<u8>([
  0, 2, 16, 32, 18, 4, 6, 20, 34, 48, 64, 50, 36, 22, 8, 10, 24, 38, 52, 66, 80, 96, 82, 68, 54,
  40, 26, 12, 14, 28, 42, 56, 70, 84, 98, 112, 114, 100, 86, 72, 58, 44, 30, 46, 60, 74, 88, 102,
  116, 118, 104, 90, 76, 62, 78, 92, 106, 120, 122, 108, 94, 110, 124, 126,
]);

export function zigzagTable(): usize {
  return ZIGZAG;
}

export function startScan(
  mcusWide: i32, mcusHigh: i32, blocks: i32, keep: i32, interval: i32, mcuNeed: usize,
  rowNeed: usize, clean: usize, cleanBytes: usize,
): void {
  store<i32>(MCU, 0);
  store<i32>(MCUS_WIDE, mcusWide);
  store<i32>(MCUS, mcusWide * mcusHigh);
  store<i32>(BLOCKS, blocks);
  store<i32>(KEEP, keep);
  store<usize>(MCU_NEED, mcuNeed);
  store<usize>(ROW_NEED, rowNeed);
  startBits(interval, clean, cleanBytes);
  clearBlock(BLOCK);
  if (interval > 0) store<i32>(LEFT, 0);
}

/** Block `index` of an MCU belongs to component `component` of the frame; addresses of tables. */
export function setMcuBlock(
  index: i32, component: i32, dcTable: usize, acTable: usize, step: i32, first: i32,
): void {
  const entry = MCU_BLOCKS + usize(index) * ENTRY;
  store<usize>(entry, dcTable, DC_TABLE);
  store<usize>(entry, acTable, AC_TABLE);
  store<usize>(entry, PREDICTORS + (usize(component) << 2), PREDICTOR);
  store<usize>(entry, QUANT + usize(component) * 128, QUANT_AT);
  store<i32>(entry, step, STEP);
  store<i32>(entry, first, FIRST);
}

/** Where block `index` of this row's MCUs goes, and which of its columns are needed. */
export function setBlockRow(
  index: i32, need: usize, columns: usize, to: usize, stride: usize,
): void {
  const entry = MCU_BLOCKS + usize(index) * ENTRY;
  store<usize>(entry, need, NEED);
  store<usize>(entry, columns, COLUMNS);
  store<usize>(entry, to, TO);
  store<usize>(entry, stride, STRIDE);
}

/** Behind the one test of the hot loop: restarts, refills, damage. */
export function prepare(): i32 {
  if (load<i32>(LEFT) == 0) {
    if (overrun()) return DAMAGED;
    const taken = takeRestart();
    if (taken != READY) return taken;
    const mcu = load<i32>(MCU);
    const interval = min(load<i32>(INTERVAL), load<i32>(MCUS) - mcu);
    if (!intervalNeeded(mcu, interval)) {
      // Unread: the next call looks for the marker that ends it.
      store<i32>(MCU, mcu + interval);
      return READY;
    }
    store<i32>(LEFT, interval);
  }
  return load<usize>(P) > load<usize>(LIMIT) ? fill() : READY;
}

function intervalNeeded(mcu: i32, count: i32): bool {
  const wide = load<i32>(MCUS_WIDE);
  const columns = load<usize>(MCU_NEED);
  const rows = load<usize>(ROW_NEED);
  let row = mcu / wide;
  let column = mcu - row * wide;
  while (count > 0) {
    const here = min(count, wide - column);
    if (load<u8>(rows + row)) {
      for (let i = column; i < column + here; i++) {
        if (load<u8>(columns + i)) return true;
      }
    }
    count -= here;
    column = 0;
    row++;
  }
  return false;
}

/** The MCU the scan stands at. */
export function mcuAt(): i32 {
  return load<i32>(MCU);
}

/** After the scan's last MCU: did it have all its bits? */
export function scanOverrun(): i32 {
  return i32(overrun());
}

/** Decodes to the end of MCU row `row`. READY, NEED_DATA (call again after setRaw) or DAMAGED. */
export function decodeRow(row: i32): i32 {
  const rowStart = row * load<i32>(MCUS_WIDE);
  const rowEnd = rowStart + load<i32>(MCUS_WIDE);
  const entriesEnd = MCU_BLOCKS + usize(load<i32>(BLOCKS)) * ENTRY;
  const keep = load<i32>(KEEP);
  let mcu = load<i32>(MCU);
  let left = load<i32>(LEFT);
  let acc = load<u64>(ACC);
  let bits = load<i32>(BITS);
  let p = load<usize>(P);
  let limit = load<usize>(LIMIT);
  while (mcu < rowEnd) {
    if (left == 0 || p > limit) {
      store<i32>(MCU, mcu);
      store<i32>(LEFT, left);
      store<u64>(ACC, acc);
      store<i32>(BITS, bits);
      store<usize>(P, p);
      const state = prepare();
      if (state != READY) return state;
      mcu = load<i32>(MCU);
      left = load<i32>(LEFT);
      acc = load<u64>(ACC);
      bits = load<i32>(BITS);
      p = load<usize>(P);
      limit = load<usize>(LIMIT);
      continue;
    }
    for (let entry: usize = MCU_BLOCKS; entry < entriesEnd; entry += ENTRY) {
      if (bits < 32) {
        acc |= u64(load<u32>(p)) << (32 - bits);
        p += 4;
        bits += 32;
      }
      // DC.
      const dcTable = load<usize>(entry, DC_TABLE);
      let code = load<i32>(dcTable + (usize(acc >> (64 - LOOKUP_BITS)) << 2));
      let value: i32;
      if (code & LONG) {
        code = longEntry(acc, dcTable, code, 2);
        if (code < 0) return DAMAGED;
        acc <<= code & 0x1f;
        bits -= code & 0x1f;
        const size = code >> 16;
        value = size ? extend(i32(acc >> (64 - size)), size) : 0;
        acc <<= size;
        bits -= size;
      } else {
        value = code >> 16;
        acc <<= code & 0x1f;
        bits -= code & 0x1f;
      }
      const predictor = load<usize>(entry, PREDICTOR);
      const dc = load<i32>(predictor) + value;
      store<i32>(predictor, dc);

      // AC.
      const table = load<usize>(entry, AC_TABLE);
      const column = (mcu - rowStart) * load<i32>(entry, STEP) + load<i32>(entry, FIRST);
      let k: i32 = 1;
      if (load<u8>(load<usize>(entry, NEED) + column)) {
        const block = keep
          ? load<usize>(entry, TO) +
            (usize(load<i32>(load<usize>(entry, COLUMNS) + (column << 2))) << 7)
          : BLOCK;
        let last: i32 = 0;
        do {
          if (bits < 32) {
            acc |= u64(load<u32>(p)) << (32 - bits);
            p += 4;
            bits += 32;
          }
          code = load<i32>(table + (usize(acc >> (64 - LOOKUP_BITS)) << 2));
          if (code & LONG) {
            code = longEntry(acc, table, code, 0);
            if (code < 0) return DAMAGED;
            acc <<= code & 0x1f;
            bits -= code & 0x1f;
            const size = code >> 16;
            if (size) {
              value = extend(i32(acc >> (64 - size)), size);
              acc <<= size;
              bits -= size;
              code = (code & 0xff00) | (value << 16);
            }
          } else {
            acc <<= code & 0x1f;
            bits -= code & 0x1f;
          }
          k += (code >> 8) & 0xff;
          if (k > 63) break;
          store<i16>(block + load<u8>(ZIGZAG + k), code >> 16);
          last = k;
          k++;
        } while (k < 64);
        if (keep) {
          store<i16>(block, dc);
        } else {
          const to = load<usize>(entry, TO) + (column << 3);
          if (last == 0) {
            idctFlat(dc, load<usize>(entry, QUANT_AT), to, load<usize>(entry, STRIDE));
          } else if (last <= FEW) {
            store<i16>(block, dc);
            idctOfFew(block, load<usize>(entry, QUANT_AT), WORK, to, load<usize>(entry, STRIDE));
            clearFew(BLOCK);
          } else {
            store<i16>(block, dc);
            idct(block, load<usize>(entry, QUANT_AT), WORK, to, load<usize>(entry, STRIDE));
            clearBlock(BLOCK);
          }
        }
      } else {
        do {
          if (bits < 32) {
            acc |= u64(load<u32>(p)) << (32 - bits);
            p += 4;
            bits += 32;
          }
          code = load<i32>(table + (usize(acc >> (64 - LOOKUP_BITS)) << 2));
          if (code & LONG) {
            code = longEntry(acc, table, code, 0);
            if (code < 0) return DAMAGED;
            const taken = (code & 0x1f) + (code >> 16);
            acc <<= taken;
            bits -= taken;
          } else {
            acc <<= code & 0x1f;
            bits -= code & 0x1f;
          }
          k += ((code >> 8) & 0xff) + 1;
        } while (k < 64);
      }
      // A run of zeros that leaves the block, other than its end.
      if (k > 64 && k < END_OF_BLOCK) return DAMAGED;
    }
    mcu++;
    left--;
  }
  store<i32>(MCU, mcu);
  store<i32>(LEFT, left);
  store<u64>(ACC, acc);
  store<i32>(BITS, bits);
  store<usize>(P, p);
  return READY;
}
