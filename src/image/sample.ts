import type { OpenCvPlan, PillowPlan, ResizePlan } from './plan.ts';
import { WEIGHT_BITS } from './taps-pillow.ts';

/** A stored picture as the libraries give it: RGBA bytes, row by row, orientation not applied. */
export interface StoredPixels {
  readonly width: number;
  readonly height: number;
  /** height * width * 4 bytes. */
  readonly rgba: Uint8Array | Uint8ClampedArray;
  /** No pixel is transparent: alpha need not be looked at. */
  readonly opaque: boolean;
}

/**
 * The plan's output: plan.height * plan.width * 3 RGB bytes. Reads only pixels inside the plan's
 * window, composites each on white as it is read, and makes no copy of the picture.
 */
export function samplePlan(plan: ResizePlan, pixels: StoredPixels): Uint8Array {
  const { width, height } = plan.stored;
  if (pixels.width !== width || pixels.height !== height) {
    throw new RangeError(
      `sample: ${pixels.width}x${pixels.height}, the plan has ${width}x${height}`,
    );
  }
  if (pixels.rgba.length < width * height * 4) throw new RangeError('sample: too few bytes');
  return plan.kind === 'opencv' ? sampleOpenCv(plan, pixels) : samplePillow(plan, pixels);
}

function sampleOpenCv(plan: OpenCvPlan, pixels: StoredPixels): Uint8Array {
  const { columns, rows, width, height } = plan;
  const out = new Uint8Array(height * width * 3);
  const line = newLine(plan);
  // Neighbouring output rows share source rows when enlarging: keep the last two that were made.
  let near: Partial = { index: -1, sums: new Int32Array(width * 3) };
  let far: Partial = { index: -1, sums: new Int32Array(width * 3) };
  for (let y = 0; y < height; y++) {
    const index0 = rows.index0[y]!;
    const index1 = rows.index1[y]!;
    if (far.index === index0 || near.index === index1) [near, far] = [far, near];
    for (const [partial, index] of [
      [near, index0],
      [far, index1],
    ] as const) {
      if (partial.index === index) continue;
      readLine(plan, pixels, index, line);
      sumColumns(columns, line, partial.sums);
      partial.index = index;
    }
    blendRows(near.sums, far.sums, rows.weight0[y]!, rows.weight1[y]!, out, y * width * 3);
  }
  return out;
}

interface Partial {
  index: number;
  /** width * 3, 11 fractional bits. */
  readonly sums: Int32Array;
}

function sumColumns(columns: OpenCvPlan['columns'], line: Line, sums: Int32Array): void {
  const { rgb, begin } = line;
  for (let x = 0; x < columns.index0.length; x++) {
    const a = (columns.index0[x]! - begin) * 3;
    const b = (columns.index1[x]! - begin) * 3;
    const wa = columns.weight0[x]!;
    const wb = columns.weight1[x]!;
    sums[x * 3] = rgb[a]! * wa + rgb[b]! * wb;
    sums[x * 3 + 1] = rgb[a + 1]! * wa + rgb[b + 1]! * wb;
    sums[x * 3 + 2] = rgb[a + 2]! * wa + rgb[b + 2]! * wb;
  }
}

function blendRows(
  near: Int32Array,
  far: Int32Array,
  w0: number,
  w1: number,
  out: Uint8Array,
  at: number,
): void {
  for (let i = 0; i < near.length; i++) {
    const a = (w0 * (near[i]! >> 4)) >> 16;
    const b = (w1 * (far[i]! >> 4)) >> 16;
    out[at + i] = clampByte((a + b + 2) >> 2);
  }
}

function samplePillow(plan: PillowPlan, pixels: StoredPixels): Uint8Array {
  const { columns, rows, width, height } = plan;
  const { begin, end } = rows.extent;
  // The columns' pass for every needed row, as bytes: at 12 megapixels and 224 columns 2 to 3 MB.
  const narrow = new Uint8Array((end - begin) * width * 3);
  const line = newLine(plan);
  for (let index = begin; index < end; index++) {
    readLine(plan, pixels, index, line);
    filterColumns(columns, line, narrow, (index - begin) * width * 3);
  }
  const out = new Uint8Array(height * width * 3);
  const sums = new Int32Array(width * 3);
  for (let y = 0; y < height; y++) {
    sums.fill(1 << (WEIGHT_BITS - 1));
    for (let k = 0; k < rows.count[y]!; k++) {
      const weight = rows.weights[rows.offset[y]! + k]!;
      const from = (rows.first[y]! + k - begin) * width * 3;
      for (let i = 0; i < sums.length; i++) sums[i]! += narrow[from + i]! * weight;
    }
    const at = y * width * 3;
    for (let i = 0; i < sums.length; i++) out[at + i] = clampByte(sums[i]! >> WEIGHT_BITS);
  }
  return out;
}

function filterColumns(taps: PillowPlan['columns'], line: Line, out: Uint8Array, at: number): void {
  const { rgb, begin } = line;
  const { first, count, offset, weights } = taps;
  for (let x = 0; x < first.length; x++) {
    let r = 1 << (WEIGHT_BITS - 1);
    let g = r;
    let b = r;
    let from = (first[x]! - begin) * 3;
    const end = offset[x]! + count[x]!;
    for (let k = offset[x]!; k < end; k++, from += 3) {
      const weight = weights[k]!;
      r += rgb[from]! * weight;
      g += rgb[from + 1]! * weight;
      b += rgb[from + 2]! * weight;
    }
    out[at + x * 3] = clampByte(r >> WEIGHT_BITS);
    out[at + x * 3 + 1] = clampByte(g >> WEIGHT_BITS);
    out[at + x * 3 + 2] = clampByte(b >> WEIGHT_BITS);
  }
}

/** One upright row of the window, as stored pixels along the columns' axis. */
interface Line {
  readonly rgb: Uint8Array;
  /** Stored index of the line's first pixel. */
  readonly begin: number;
  readonly length: number;
}

function newLine(plan: ResizePlan): Line {
  const { begin, end } = plan.columns.extent;
  return { rgb: new Uint8Array((end - begin) * 3), begin, length: end - begin };
}

/** Gathers stored row `index`, or stored column `index` when the axes are swapped. */
function readLine(plan: ResizePlan, pixels: StoredPixels, index: number, line: Line): void {
  const { rgba, opaque } = pixels;
  const rowBytes = pixels.width * 4;
  const step = plan.swapped ? rowBytes : 4;
  let at = plan.swapped ? index * 4 + line.begin * rowBytes : index * rowBytes + line.begin * 4;
  const { rgb } = line;
  for (let i = 0; i < line.length * 3; i += 3, at += step) {
    const alpha = opaque ? 255 : rgba[at + 3]!;
    if (alpha === 255) {
      rgb[i] = rgba[at]!;
      rgb[i + 1] = rgba[at + 1]!;
      rgb[i + 2] = rgba[at + 2]!;
    } else {
      rgb[i] = overWhite(rgba[at]!, alpha);
      rgb[i + 1] = overWhite(rgba[at + 1]!, alpha);
      rgb[i + 2] = overWhite(rgba[at + 2]!, alpha);
    }
  }
}

/** round((value * alpha + 255 * (255 - alpha)) / 255); no half occurs, as 255 is odd. */
export function overWhite(value: number, alpha: number): number {
  return Math.floor((value * alpha + 255 * (255 - alpha) + 127) / 255);
}

function clampByte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : value;
}
