// PNG rows: inflated bytes in, unfiltered, turned into RGB lines where the plan needs the row.
import { DAMAGED, NEED_DATA, READY } from './bits';
import { unfilter } from './png-filter';
import { lineAt, resampleRow } from './resample';

// Kinds of pixels. TABLE: up to 8 bits that choose one of `table`'s RGB triples: palettes, grey.
const TABLE: i32 = 0;
const RGB: i32 = 1;
const RGB_ALPHA: i32 = 2;
const GREY_ALPHA: i32 = 3;
const GREY: i32 = 4; // 16 bits only

let kind: i32 = 0;
/** Bits of a sample: 1, 2, 4, 8 or 16. */
let depth: i32 = 0;
/** Bits of a pixel. */
let pixelBits: i32 = 0;
let table: usize = 0;
/** The transparent colour as r << 32 | g << 16 | b, grey three times; -1: none. */
let key: i64 = -1;
/** For each stored row its place among those the plan needs, or -1. */
let places: usize = 0;
let lastRow: i32 = 0;
/** Passes of 6 x i32: first column and row, steps, columns and rows. */
let pass: usize = 0;
let passesEnd: usize = 0;
/** Interlaced pictures: needed rows, three lines each; 0 where rows are complete as they come. */
let kept: usize = 0;
let keptLineBytes: usize = 0;
let from: i32 = 0;
let end: i32 = 0;
let current: usize = 0;
let above: usize = 0;
let filled: usize = 0;
let rowBytes: usize = 0;
let passRow: i32 = 0;

export function setPng(
  newKind: i32, newDepth: i32, channels: i32, newTable: usize, keyRed: i32, keyGreen: i32,
  keyBlue: i32, newPlaces: usize, newLastRow: i32, newFrom: i32, newEnd: i32,
): void {
  kind = newKind;
  depth = newDepth;
  pixelBits = newDepth * channels;
  table = newTable;
  key = keyRed < 0 ? -1 : (i64(keyRed) << 32) | (i64(keyGreen) << 16) | i64(keyBlue);
  places = newPlaces;
  lastRow = newLastRow;
  from = newFrom;
  end = newEnd;
}

/** `first` and `second`: row buffers, whose 16th byte is the filter's. */
export function setPngRows(
  passes: usize, count: i32, first: usize, second: usize, newKept: usize, newKeptLineBytes: usize,
): void {
  pass = passes;
  passesEnd = passes + usize(count) * 24;
  current = first + 15;
  above = second + 15;
  kept = newKept;
  keptLineBytes = newKeptLineBytes;
  beginPass();
}

function beginPass(): void {
  filled = 0;
  passRow = 0;
  rowBytes = (usize(load<i32>(pass, 16)) * usize(pixelBits) + 7) >> 3;
  memory.fill(above, 0, rowBytes + 17);
}

/** Takes inflated bytes. READY: all that the plan needs is here; NEED_DATA; DAMAGED. */
export function pushPng(bytes: usize, count: usize): i32 {
  while (pass < passesEnd) {
    const taken = min(count, rowBytes + 1 - filled);
    memory.copy(current + filled, bytes, taken);
    filled += taken;
    bytes += taken;
    count -= taken;
    if (filled <= rowBytes) return NEED_DATA;
    const bpp = usize(max(pixelBits >> 3, 1));
    if (!unfilter(load<u8>(current), current + 1, above + 1, rowBytes, bpp)) return DAMAGED;
    takeRow(load<i32>(pass, 4) + passRow * load<i32>(pass, 12));
    const swap = above;
    above = current;
    current = swap;
    filled = 0;
    passRow++;
    if (kept == 0 && passRow > lastRow) return READY;
    if (passRow < load<i32>(pass, 20)) continue;
    pass += 24;
    if (pass < passesEnd) beginPass();
  }
  return READY;
}

function takeRow(y: i32): void {
  const place = load<i32>(places + (usize(y) << 2));
  if (place < 0) return;
  const x0 = load<i32>(pass);
  const step = load<i32>(pass, 8);
  const lines = kept == 0 ? lineAt(0) : kept + usize(place) * keptLineBytes * 3;
  const bytes = kept == 0 ? usize(lineAt(1) - lineAt(0)) : keptLineBytes;
  // Pixels of this pass that lie inside the window.
  const first = max((from - x0 + step - 1) / step, 0);
  const last = min((end - x0 + step - 1) / step, load<i32>(pass, 16));
  const base = lines + usize(x0);
  expand(current + 1, first, last, base, base + bytes, base + 2 * bytes, usize(step));
  if (kept == 0) resampleRow(y);
}

/** Pixels `first` to `last` - 1 of a row to bytes at r, g, b + i * step. */
function expand(
  row: usize, first: i32, last: i32, r: usize, g: usize, b: usize, step: usize,
): void {
  if (kind == TABLE) expandTable(row, first, last, r, g, b, step);
  else if (kind == RGB && depth == 8 && key < 0 && step == 1) expandRgb(row, first, last, r, g, b);
  else expandSamples(row, first, last, r, g, b, step);
}

function expandTable(
  row: usize, first: i32, last: i32, r: usize, g: usize, b: usize, step: usize,
): void {
  const mask = (1 << depth) - 1;
  for (let i = first; i < last; i++) {
    const bit = i * depth;
    const index = (i32(load<u8>(row + (bit >> 3))) >> (8 - depth - (bit & 7))) & mask;
    const colour = table + usize(index * 3);
    const x = usize(i) * step;
    store<u8>(r + x, load<u8>(colour));
    store<u8>(g + x, load<u8>(colour, 1));
    store<u8>(b + x, load<u8>(colour, 2));
  }
}

/** 16 pixels of three bytes at a time; lines have room for 15 pixels too many. */
function expandRgb(row: usize, first: i32, last: i32, r: usize, g: usize, b: usize): void {
  for (let i = usize(first); i < usize(last); i += 16) {
    const at = row + i * 3;
    const v0 = v128.load(at);
    const v1 = v128.load(at, 16);
    const v2 = v128.load(at, 32);
    // Each shuffle collects a colour from two vectors, the next one adds the third.
    const r01 = v128.shuffle<u8>(v0, v1, 0, 3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 0, 0, 0, 0, 0);
    const g01 = v128.shuffle<u8>(v0, v1, 1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 0, 0, 0, 0, 0);
    const b01 = v128.shuffle<u8>(v0, v1, 2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 0, 0, 0, 0, 0, 0);
    v128.store(r + i, v128.shuffle<u8>(
      r01, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 17, 20, 23, 26, 29));
    v128.store(g + i, v128.shuffle<u8>(
      g01, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 18, 21, 24, 27, 30));
    v128.store(b + i, v128.shuffle<u8>(
      b01, v2, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 19, 22, 25, 28, 31));
  }
}

/** round((value * alpha + 255 * (255 - alpha)) / 255) */
function overWhite(value: u32, alpha: u32): u8 {
  return u8((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

/** Sample `index` at full depth. */
// @ts-ignore: decorator
@inline
function sample(row: usize, index: usize): u32 {
  if (depth == 8) return load<u8>(row + index);
  const at = row + (index << 1);
  return (u32(load<u8>(at)) << 8) | u32(load<u8>(at, 1));
}

function expandSamples(
  row: usize, first: i32, last: i32, r: usize, g: usize, b: usize, step: usize,
): void {
  const grey = kind == GREY || kind == GREY_ALPHA;
  const alpha = kind == RGB_ALPHA || kind == GREY_ALPHA;
  const channels: usize = (grey ? 1 : 3) + (alpha ? 1 : 0);
  const shift = depth - 8;
  for (let i = first; i < last; i++) {
    const at = usize(i) * channels;
    const x = usize(i) * step;
    const red = sample(row, at);
    const green = grey ? red : sample(row, at + 1);
    const blue = grey ? red : sample(row, at + 2);
    let a: u32 = 255;
    if (alpha) a = sample(row, at + channels - 1) >> shift;
    else if (((i64(red) << 32) | (i64(green) << 16) | i64(blue)) == key) a = 0;
    if (a == 255) {
      store<u8>(r + x, u8(red >> shift));
      store<u8>(g + x, u8(green >> shift));
      store<u8>(b + x, u8(blue >> shift));
    } else {
      store<u8>(r + x, overWhite(red >> shift, a));
      store<u8>(g + x, overWhite(green >> shift, a));
      store<u8>(b + x, overWhite(blue >> shift, a));
    }
  }
}

/** Interlaced pictures, after the last pass: hands the kept rows to the resampler. */
export function emitKept(height: i32): void {
  for (let y = 0; y < height; y++) {
    const place = load<i32>(places + (usize(y) << 2));
    if (place < 0) continue;
    const lines = kept + usize(place) * keptLineBytes * 3;
    for (let c = 0; c < 3; c++) {
      memory.copy(lineAt(c), lines + usize(c) * keptLineBytes, usize(end));
    }
    resampleRow(y);
  }
}
