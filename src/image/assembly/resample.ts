// The resize plan, fed with one row of the stored picture after another. Rows come in ascending
// order, each as three lines of bytes (red, green, blue), indexed by the stored column.
//
// `across` is the stored x axis and `down` the stored y axis. An upright plan has its columns
// across and its rows down, a swapped one the other way round; the columns' pass comes first.
import { blendRows, openCvAcross, openCvDown, openCvSwapped } from './opencv';
import { addRow, filterAcross, finishInterleaved, finishPlanar } from './pillow';

// @ts-ignore: decorator
@inline
const OPENCV: i32 = 0;

let swapped: bool = false;
let kind: i32 = 0;
/** Bytes of one line; three lines make a set. */
let lineBytes: usize = 0;
let lines: usize = 0;
let previousLines: usize = 0;
let from: usize = 0;
let end: usize = 0;
/** Output pixels: the crop. */
let width: i32 = 0;
/** Taps across: count, and tables as opencv.ts and pillow.ts say. */
let across: i32 = 0;
let acrossTable: usize = 0;
let schedule: usize = 0;
let scheduleEnd: usize = 0;
let sums: usize = 0;
let sumsBytes: usize = 0;
let previousSums: usize = 0;
let narrow: usize = 0;
let out: usize = 0;

export function setResample(
  newKind: i32, newSwapped: i32, newWidth: i32, newFrom: usize, newEnd: usize, newAcross: i32,
  newAcrossTable: usize, newSchedule: usize, entries: i32, newOut: usize,
): void {
  kind = newKind;
  swapped = newSwapped != 0;
  width = newWidth;
  from = newFrom;
  end = newEnd;
  across = newAcross;
  acrossTable = newAcrossTable;
  schedule = newSchedule;
  scheduleEnd = newSchedule + usize(entries) * 16;
  out = newOut;
}

/** `newLines` and, for OpenCV, `secondLines`: sets of lines; the others are work space. */
export function setResampleSpace(
  newLines: usize, secondLines: usize, newLineBytes: usize, newSums: usize, secondSums: usize,
  newSumsBytes: usize, newNarrow: usize,
): void {
  lines = newLines;
  previousLines = secondLines;
  lineBytes = newLineBytes;
  sums = newSums;
  previousSums = secondSums;
  sumsBytes = newSumsBytes;
  narrow = newNarrow;
}

export function lineAt(channel: i32): usize {
  return lines + usize(channel) * lineBytes;
}

/** The lines hold stored row `row`: takes from it all that the plan wants. */
export function resampleRow(row: i32): void {
  if (kind == OPENCV) {
    if (swapped) openCvSwappedRow(row);
    else openCvUprightRow(row);
  } else if (swapped) {
    pillowSwappedRow(row);
  } else {
    pillowUprightRow(row);
  }
}

// An OpenCV schedule has an entry of 16 bytes for each output along `down`, in the order of
// their last rows: last row i32 | 1 if the first tap lies in the row before i32 |
// weight of the earlier row i16, of the last row i16 | output index i32.

function openCvUprightRow(row: i32): void {
  const swap = sums;
  sums = previousSums;
  previousSums = swap;
  for (let c = 0; c < 3; c++) {
    openCvAcross(lineAt(c), across, acrossTable, narrow, sums + usize(c) * sumsBytes);
  }
  while (schedule < scheduleEnd && load<i32>(schedule) == row) {
    const earlier = load<i32>(schedule, 4) ? previousSums : sums;
    const to = out + usize(load<i32>(schedule, 12) * width * 3);
    for (let c: usize = 0; c < 3; c++) {
      blendRows(
        earlier + c * sumsBytes, sums + c * sumsBytes, load<i16>(schedule, 8),
        load<i16>(schedule, 10), across, narrow + c * sumsBytes,
      );
    }
    interleave(narrow, to, 3);
    schedule += 16;
  }
}

function interleave(planes: usize, to: usize, step: usize): void {
  for (let i: usize = 0; i < usize(across); i++) {
    store<u8>(to, load<u8>(planes + i));
    store<u8>(to + 1, load<u8>(planes + sumsBytes + i));
    store<u8>(to + 2, load<u8>(planes + 2 * sumsBytes + i));
    to += step;
  }
}

function openCvSwappedRow(row: i32): void {
  while (schedule < scheduleEnd && load<i32>(schedule) == row) {
    const earlier = load<i32>(schedule, 4) ? previousLines : lines;
    for (let c: usize = 0; c < 3; c++) {
      openCvDown(
        earlier + c * lineBytes, lines + c * lineBytes, load<i16>(schedule, 8),
        load<i16>(schedule, 10), sums, from, end,
      );
      const to = out + usize(load<i32>(schedule, 12) * 3) + c;
      openCvSwapped(sums, across, acrossTable, to, usize(width * 3));
    }
    schedule += 16;
  }
  const swap = lines;
  lines = previousLines;
  previousLines = swap;
}

// A Pillow schedule has an entry for each row and output that the row goes into, by row:
// row i32 | weight i32 | slot of sums i16, 1: first row + 2: last row i16 | output index i32.

function pillowUprightRow(row: i32): void {
  if (schedule == scheduleEnd || load<i32>(schedule) != row) return;
  filterAcross(lines, lineBytes, across, acrossTable, narrow);
  const count = across * 3;
  while (schedule < scheduleEnd && load<i32>(schedule) == row) {
    const slot = sums + usize(load<i16>(schedule, 8)) * sumsBytes;
    const flags = i32(load<i16>(schedule, 10));
    addRow(narrow, slot, load<i32>(schedule, 4), 0, count, flags & 1);
    if (flags & 2) {
      finishInterleaved(slot, count, out + usize(load<i32>(schedule, 12) * width * 3));
    }
    schedule += 16;
  }
}

function pillowSwappedRow(row: i32): void {
  const first = i32(from);
  const last = i32(end);
  while (schedule < scheduleEnd && load<i32>(schedule) == row) {
    const slot = sums + usize(load<i16>(schedule, 8)) * sumsBytes * 3;
    const flags = i32(load<i16>(schedule, 10));
    for (let c: usize = 0; c < 3; c++) {
      const plane = slot + c * sumsBytes;
      addRow(lines + c * lineBytes, plane, load<i32>(schedule, 4), first, last, flags & 1);
      if (flags & 2) finishPlanar(plane, first, last, previousLines + c * lineBytes);
    }
    if (flags & 2) {
      filterAcross(previousLines, lineBytes, across, acrossTable, narrow);
      let to = out + usize(load<i32>(schedule, 12) * 3);
      for (let i: usize = 0; i < usize(across); i++) {
        store<u8>(to, load<u8>(narrow + i * 3));
        store<u8>(to + 1, load<u8>(narrow + i * 3 + 1));
        store<u8>(to + 2, load<u8>(narrow + i * 3 + 2));
        to += usize(width * 3);
      }
    }
    schedule += 16;
  }
}
