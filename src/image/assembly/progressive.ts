// Progressive scans (ITU T.81, annex G), one row of MCUs or blocks a call. The entries of
// MCU_BLOCKS are those of mcu.ts. Coefficients are kept for needed blocks only; of every block
// there is a mask with a bit for each nonzero coefficient, by zigzag index, because refinement
// reads one bit for each of those, needed or not.
import { ACC, BITS, DAMAGED, EOB_RUN, LEFT, LIMIT, P, READY } from './bits';
import { LONG, extend, longEntry } from './huffman';
import { FEW, clearBlock, clearFew, idct, idctFlat, idctOfFew } from './idct';
import {
  AC_TABLE, BLOCKS, COLUMNS, DC_TABLE, ENTRY, FIRST, MASKS, MCU, MCUS_WIDE, NEED, PREDICTOR, STEP,
  TO, prepare, zigzagTable,
} from './mcu';
import { LOOKUP_BITS, MCU_BLOCKS, WORK } from './memory';

/** Address of a needed block's coefficients, or 0. */
// @ts-ignore: decorator
@inline
function keptBlock(entry: usize, column: i32): usize {
  if (!load<u8>(load<usize>(entry, NEED) + column)) return 0;
  const place = load<i32>(load<usize>(entry, COLUMNS) + (usize(column) << 2));
  return load<usize>(entry, TO) + (usize(place) << 7);
}

/** The first scan of DC coefficients, or one that adds a bit to them. */
export function progressiveDcRow(row: i32, low: i32, refine: i32): i32 {
  const rowStart = row * load<i32>(MCUS_WIDE);
  const rowEnd = rowStart + load<i32>(MCUS_WIDE);
  const entriesEnd = MCU_BLOCKS + usize(load<i32>(BLOCKS)) * ENTRY;
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
      const column = (mcu - rowStart) * load<i32>(entry, STEP) + load<i32>(entry, FIRST);
      const block = keptBlock(entry, column);
      if (refine) {
        const bit = i32(acc >> 63);
        acc <<= 1;
        bits--;
        if (block) store<i16>(block, load<i16>(block) | i16(bit << low));
        continue;
      }
      const table = load<usize>(entry, DC_TABLE);
      let code = load<i32>(table + (usize(acc >> (64 - LOOKUP_BITS)) << 2));
      let value = code >> 16;
      if (code & LONG) {
        code = longEntry(acc, table, code, 2);
        if (code < 0) return DAMAGED;
        const size = code >> 16;
        acc <<= code & 0x1f;
        value = size ? extend(i32(acc >> (64 - size)), size) : 0;
        acc <<= size;
        bits -= size + (code & 0x1f);
      } else {
        acc <<= code & 0x1f;
        bits -= code & 0x1f;
      }
      const predictor = load<usize>(entry, PREDICTOR);
      const dc = load<i32>(predictor) + value;
      store<i32>(predictor, dc);
      if (block) store<i16>(block, dc << low);
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

/** The first scan of AC coefficients `first` to `last` of one component. */
export function progressiveAcRow(row: i32, first: i32, last: i32, low: i32): i32 {
  const rowStart = row * load<i32>(MCUS_WIDE);
  const rowEnd = rowStart + load<i32>(MCUS_WIDE);
  const entry = MCU_BLOCKS;
  const table = load<usize>(entry, AC_TABLE);
  const masks = load<usize>(entry, MASKS);
  const zigzag = zigzagTable();
  let run = load<i32>(EOB_RUN);
  let mcu = load<i32>(MCU);
  let left = load<i32>(LEFT);
  let acc = load<u64>(ACC);
  let bits = load<i32>(BITS);
  let p = load<usize>(P);
  let limit = load<usize>(LIMIT);
  while (mcu < rowEnd) {
    if (left == 0 || p > limit) {
      store<i32>(EOB_RUN, run);
      store<i32>(MCU, mcu);
      store<i32>(LEFT, left);
      store<u64>(ACC, acc);
      store<i32>(BITS, bits);
      store<usize>(P, p);
      const state = prepare();
      if (state != READY) return state;
      run = load<i32>(EOB_RUN);
      left = load<i32>(LEFT);
      acc = load<u64>(ACC);
      bits = load<i32>(BITS);
      p = load<usize>(P);
      limit = load<usize>(LIMIT);
      continue;
    }
    if (run > 0) {
      // Ended blocks have no bits at all: over as many as the row and the interval have.
      const skipped = min(run, min(rowEnd - mcu, left));
      run -= skipped;
      mcu += skipped;
      left -= skipped;
      continue;
    }
    const column = mcu - rowStart;
    const block = keptBlock(entry, column);
    let mask: u64 = 0;
    let k = first;
    do {
      if (bits < 32) {
        acc |= u64(load<u32>(p)) << (32 - bits);
        p += 4;
        bits += 32;
      }
      let code = load<i32>(table + (usize(acc >> (64 - LOOKUP_BITS)) << 2));
      let value = code >> 16;
      if (code & LONG) {
        code = longEntry(acc, table, code, 1);
        if (code < 0) return DAMAGED;
        const size = code >> 16;
        const zeros = (code >> 8) & 0xff;
        acc <<= code & 0x1f;
        bits -= code & 0x1f;
        value = 0;
        if (size) {
          value = extend(i32(acc >> (64 - size)), size);
          acc <<= size;
          bits -= size;
        } else if (zeros < 15) {
          run = 1 << zeros;
          if (zeros) {
            run += i32(acc >> (64 - zeros));
            acc <<= zeros;
            bits -= zeros;
          }
          run--;
          break;
        }
      } else {
        acc <<= code & 0x1f;
        bits -= code & 0x1f;
      }
      k += (code >> 8) & 0xff;
      if (k > last) return DAMAGED;
      if (value) {
        if (block) store<i16>(block + load<u8>(zigzag + k), value << low);
        mask |= u64(1) << k;
      }
      k++;
    } while (k <= last);
    if (mask) {
      const at = masks + (usize(column) << 3);
      store<u64>(at, load<u64>(at) | mask);
    }
    mcu++;
    left--;
  }
  store<i32>(EOB_RUN, run);
  store<i32>(MCU, mcu);
  store<i32>(LEFT, left);
  store<u64>(ACC, acc);
  store<i32>(BITS, bits);
  store<usize>(P, p);
  return READY;
}

/** One more bit of a nonzero coefficient (jdphuff.c, decode_mcu_AC_refine). */
// @ts-ignore: decorator
@inline
function correct(at: usize, bit: i32): void {
  const value = i32(load<i16>(at));
  if ((value & bit) == 0) store<i16>(at, value >= 0 ? value + bit : value - bit);
}

/** A scan that adds bit `low` to AC coefficients `first` to `last` of one component. */
export function refineAcRow(row: i32, first: i32, last: i32, low: i32): i32 {
  const rowStart = row * load<i32>(MCUS_WIDE);
  const rowEnd = rowStart + load<i32>(MCUS_WIDE);
  const entry = MCU_BLOCKS;
  const table = load<usize>(entry, AC_TABLE);
  const masks = load<usize>(entry, MASKS);
  const zigzag = zigzagTable();
  const unit = 1 << low;
  const band = (~u64(0) >> (63 - last)) & (~u64(0) << first);
  let run = load<i32>(EOB_RUN);
  let mcu = load<i32>(MCU);
  let left = load<i32>(LEFT);
  let acc = load<u64>(ACC);
  let bits = load<i32>(BITS);
  let p = load<usize>(P);
  let limit = load<usize>(LIMIT);
  while (mcu < rowEnd) {
    if (left == 0 || p > limit) {
      store<i32>(EOB_RUN, run);
      store<i32>(MCU, mcu);
      store<i32>(LEFT, left);
      store<u64>(ACC, acc);
      store<i32>(BITS, bits);
      store<usize>(P, p);
      const state = prepare();
      if (state != READY) return state;
      run = load<i32>(EOB_RUN);
      left = load<i32>(LEFT);
      acc = load<u64>(ACC);
      bits = load<i32>(BITS);
      p = load<usize>(P);
      limit = load<usize>(LIMIT);
      continue;
    }
    const column = mcu - rowStart;
    const block = keptBlock(entry, column);
    const maskAt = masks + (usize(column) << 3);
    let mask = load<u64>(maskAt);
    let k = first;
    if (run == 0) {
      do {
        if (bits < 32) {
          acc |= u64(load<u32>(p)) << (32 - bits);
          p += 4;
          bits += 32;
        }
        let code = load<i32>(table + (usize(acc >> (64 - LOOKUP_BITS)) << 2));
        let value = code >> 16;
        if (code & LONG) {
          code = longEntry(acc, table, code, 3);
          if (code < 0) return DAMAGED;
          const size = code >> 16;
          const zeros = (code >> 8) & 0xff;
          acc <<= code & 0x1f;
          bits -= code & 0x1f;
          value = 0;
          if (size) {
            value = extend(i32(acc >> (64 - size)), size);
            acc <<= size;
            bits -= size;
          } else if (zeros < 15) {
            run = 1 << zeros;
            if (zeros) {
              run += i32(acc >> (64 - zeros));
              acc <<= zeros;
              bits -= zeros;
            }
            break;
          }
        } else {
          acc <<= code & 0x1f;
          bits -= code & 0x1f;
        }
        // From one nonzero coefficient to the next, each of which takes a bit, until `zeros` zero
        // ones are behind us and a zero one is next.
        let zeros = (code >> 8) & 0xff;
        while (k <= last) {
          const rest = (mask & band) >> k;
          const next = rest == 0 ? 64 : i32(ctz(rest));
          if (next > zeros) {
            k += zeros;
            break;
          }
          zeros -= next;
          k += next;
          if (bits == 0) {
            acc = u64(load<u32>(p)) << 32;
            p += 4;
            bits = 32;
          }
          if (block && i64(acc) < 0) correct(block + load<u8>(zigzag + k), unit);
          acc <<= 1;
          bits--;
          k++;
        }
        k = min(k, last + 1);
        if (value) {
          // Damaged scans may stand one past their band; libjpeg stores there and goes on.
          k = min(k, 63);
          if (block) store<i16>(block + load<u8>(zigzag + k), value << low);
          mask |= u64(1) << k;
        }
        k++;
      } while (k <= last);
    }
    if (run > 0) {
      // The rest of the block has bits for its nonzero coefficients only.
      let rest = k > last ? 0 : ((mask & band) >> k) << k;
      if (block) {
        while (rest) {
          if (bits < 32) {
            acc |= u64(load<u32>(p)) << (32 - bits);
            p += 4;
            bits += 32;
          }
          const at = usize(ctz(rest));
          if (i64(acc) < 0) correct(block + load<u8>(zigzag + at), unit);
          acc <<= 1;
          bits--;
          rest &= rest - 1;
        }
      } else if (rest) {
        let count = i32(popcnt(rest));
        while (count > 0) {
          if (bits < 32) {
            acc |= u64(load<u32>(p)) << (32 - bits);
            p += 4;
            bits += 32;
          }
          const taken = min(count, 32);
          acc <<= taken;
          bits -= taken;
          count -= taken;
        }
      }
      run--;
    }
    store<u64>(maskAt, mask);
    mcu++;
    left--;
  }
  store<i32>(EOB_RUN, run);
  store<i32>(MCU, mcu);
  store<i32>(LEFT, left);
  store<u64>(ACC, acc);
  store<i32>(BITS, bits);
  store<usize>(P, p);
  return READY;
}

/** Masks of the block row that the lone component of this scan stands in. */
export function setMaskRow(masks: usize): void {
  store<usize>(MCU_BLOCKS, masks, MASKS);
}

/** Kept coefficients of a block row to samples, and to zeros. `masks` is 0 where there are none. */
export function idctRow(
  need: usize, columns: i32, coefficients: usize, masks: usize, quant: usize, to: usize,
  stride: usize,
): void {
  for (let column = 0; column < columns; column++) {
    if (load<u8>(need + column)) {
      const mask = masks ? load<u64>(masks + (usize(column) << 3)) : ~u64(0);
      if (mask == 0) {
        idctFlat(load<i16>(coefficients), quant, to, stride);
        store<i16>(coefficients, 0);
      } else if (mask >> (FEW + 1) == 0) {
        idctOfFew(coefficients, quant, WORK, to, stride);
        clearFew(coefficients);
      } else {
        idct(coefficients, quant, WORK, to, stride);
        clearBlock(coefficients);
      }
      coefficients += 128;
    }
    to += 8;
  }
}
