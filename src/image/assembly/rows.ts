// Rows of the picture from component planes. A plane keeps the rows of two MCU rows in a ring:
// row r lies at base + (r mod ring) * stride, with 16 bytes before it and 32 after it.
import { composeBlack, invert, yccToRgb } from './colour';
import { COMPONENTS } from './memory';
import { repeatColumns, upsampleH1V2, upsampleH2V1, upsampleH2V2 } from './upsample';

const BASE: usize = 0;
const STRIDE: usize = 4;
const RING: usize = 8;
const WIDTH: usize = 12;
const HEIGHT: usize = 16;
const KIND: usize = 20;
const TIMES_X: usize = 24;
const TIMES_Y: usize = 28;
const FULL: usize = 32; // the row at full width, column 0
const SUMS: usize = 36; // i16 for each column, for the filter in both directions

// Kinds of upsampling.
const REPEAT: i32 = 0;
const H2V1: i32 = 1;
const H2V2: i32 = 2;
const H1V2: i32 = 3;

// Colour transforms.
const GREY: i32 = 0;
const YCC: i32 = 1;
const RGB: i32 = 2;
const CMYK: i32 = 3;

export function setPlane(
  index: i32, base: usize, stride: usize, ring: i32, width: i32, height: i32, kind: i32,
  timesX: i32, timesY: i32, full: usize, sums: usize,
): void {
  const plane = COMPONENTS + (usize(index) << 6);
  store<usize>(plane, base, BASE);
  store<usize>(plane, stride, STRIDE);
  store<i32>(plane, ring, RING);
  store<i32>(plane, width, WIDTH);
  store<i32>(plane, height, HEIGHT);
  store<i32>(plane, kind, KIND);
  store<i32>(plane, timesX, TIMES_X);
  store<i32>(plane, timesY, TIMES_Y);
  store<usize>(plane, full, FULL);
  store<usize>(plane, sums, SUMS);
}

function rowOf(plane: usize, row: i32): usize {
  const ring = load<i32>(plane, RING);
  return load<usize>(plane, BASE) + usize(row % ring) * load<usize>(plane, STRIDE);
}

/** Row y of component `index` at full width; valid for columns from to end - 1. */
function fullRow(index: i32, y: i32, from: usize, end: usize): usize {
  const plane = COMPONENTS + (usize(index) << 6);
  const kind = load<i32>(plane, KIND);
  const full = load<usize>(plane, FULL);
  const width = usize(load<i32>(plane, WIDTH));
  if (kind == REPEAT) {
    const row = rowOf(plane, y / load<i32>(plane, TIMES_Y));
    const times = load<i32>(plane, TIMES_X);
    if (times == 1) return row;
    repeatColumns(row, times, full, from, end);
    return full;
  }
  if (kind == H2V1) {
    upsampleH2V1(rowOf(plane, y / load<i32>(plane, TIMES_Y)), width, full, from, end);
    return full;
  }
  const nearRow = y >> 1;
  const odd = y & 1;
  const farRow = odd ? min(nearRow + 1, load<i32>(plane, HEIGHT) - 1) : max(nearRow - 1, 0);
  const near = rowOf(plane, nearRow);
  const far = rowOf(plane, farRow);
  if (kind == H2V2) {
    upsampleH2V2(near, far, width, load<usize>(plane, SUMS), full, from, end);
  } else {
    upsampleH1V2(near, far, 1 + odd, full, from, end);
  }
  return full;
}

/** Row y as red, green and blue bytes at r, g, b (column 0), columns from to end - 1. */
export function makeRow(
  y: i32, colour: i32, r: usize, g: usize, b: usize, from: usize, end: usize,
): void {
  const first = fullRow(0, y, from, end);
  const bytes = end - from;
  if (colour == GREY) {
    memory.copy(r + from, first + from, bytes);
    memory.copy(g + from, first + from, bytes);
    memory.copy(b + from, first + from, bytes);
    return;
  }
  const second = fullRow(1, y, from, end);
  const third = fullRow(2, y, from, end);
  if (colour == RGB || colour == CMYK) {
    memory.copy(r + from, first + from, bytes);
    memory.copy(g + from, second + from, bytes);
    memory.copy(b + from, third + from, bytes);
  } else {
    yccToRgb(first, second, third, r, g, b, from, end);
  }
  if (colour <= RGB) return;
  if (colour != CMYK) {
    // YCCK: what YCC gives is 255 minus cyan, magenta and yellow.
    invert(r, from, end);
    invert(g, from, end);
    invert(b, from, end);
  }
  const black = fullRow(3, y, from, end);
  composeBlack(r, black, from, end);
  composeBlack(g, black, from, end);
  composeBlack(b, black, from, end);
}
