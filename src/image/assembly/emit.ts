// JPEG rows from the planes into the resampler, as far as the planes are complete.
import { lineAt, resampleRow } from './resample';
import { makeRow } from './rows';

/** Stored rows that the plan touches, ascending, i32. */
let rows: usize = 0;
let rowsEnd: usize = 0;
let colour: i32 = 0;
let from: usize = 0;
let end: usize = 0;

export function setEmit(
  newRows: usize, count: i32, newColour: i32, newFrom: usize, newEnd: usize,
): void {
  rows = newRows;
  rowsEnd = newRows + (usize(count) << 2);
  colour = newColour;
  from = newFrom;
  end = newEnd;
}

/** Takes the needed rows before `limit`. */
export function emitRows(limit: i32): void {
  while (rows < rowsEnd && load<i32>(rows) < limit) {
    const row = load<i32>(rows);
    makeRow(row, colour, lineAt(0), lineAt(1), lineAt(2), from, end);
    resampleRow(row);
    rows += 4;
  }
}
