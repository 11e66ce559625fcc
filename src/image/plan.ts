import type { AxisRange, Extent } from './axis.ts';
import type { Orientation } from './orientation.ts';
import { orientedAxes } from './orientation.ts';
import type { Preprocess } from './preprocess.ts';
import type { BilinearTaps } from './taps-opencv.ts';
import { openCvColumnTaps, openCvRowTaps } from './taps-opencv.ts';
import type { FilterTaps } from './taps-pillow.ts';
import { pillowTaps } from './taps-pillow.ts';

/**
 * The resize plan: which stored pixels make each output pixel, and with what integer weights.
 * It knows sizes only, no pixels, so a decoder can ask it what need not be decoded at all.
 *
 * Orientation, resize and crop are folded into one pair of tap tables. `columns` has one entry per
 * output column and `rows` one per output row; both hold indexes of the *stored* picture. With
 * `swapped` (orientations 5 to 8) an output column is made along the stored y axis and an output
 * row along the stored x axis; in every other case it is x and y as one expects.
 *
 * Order of work: always `columns` first, then `rows`, also when swapped, because there is a
 * rounding between the two passes (to 8 bits in Pillow, `>> 4` in OpenCV). Tap order inside one
 * pass is free: those sums are exact. `sample.ts` is the plain reference of what a plan means.
 */
export type ResizePlan = OpenCvPlan | PillowPlan;

export interface StoredSize {
  /** Pixels of the stored picture, before orientation. */
  readonly width: number;
  readonly height: number;
  readonly orientation: Orientation;
}

interface PlanShape {
  readonly stored: StoredSize;
  /** Output pixels: the crop of the Preprocess. */
  readonly width: number;
  readonly height: number;
  readonly swapped: boolean;
  /** The smallest stored rectangle that holds every tap; right and bottom are exclusive. */
  readonly window: PixelWindow;
}

export interface PixelWindow {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/**
 * cv2.resize INTER_LINEAR on bytes, four taps a pixel. With H(i) = p(i, column index0) * weight0
 * + p(i, column index1) * weight1 (int32, no rounding) along the columns' axis:
 *
 *     out = (((w0 * (H(row index0) >> 4)) >> 16) + ((w1 * (H(row index1) >> 4)) >> 16) + 2) >> 2
 *
 * where w0, w1 are the row's weights. The two products are shifted one by one, so two taps on the
 * same index (they occur at the edges) must not be merged.
 */
export interface OpenCvPlan extends PlanShape {
  readonly kind: 'opencv';
  readonly columns: BilinearTaps;
  readonly rows: BilinearTaps;
}

/**
 * PIL.Image.resize on bytes: each pass is clip8((2^21 + sum of p * weight) >> 22); the result of
 * the columns' pass is such a byte too.
 */
export interface PillowPlan extends PlanShape {
  readonly kind: 'pillow';
  readonly columns: FilterTaps;
  readonly rows: FilterTaps;
}

export function planResize(stored: StoredSize, preprocess: Preprocess): ResizePlan {
  assertSize(stored.width, stored.height, 'stored picture');
  const { swapped, flipColumns, flipRows } = orientedAxes(stored.orientation);
  const from = swapped
    ? { width: stored.height, height: stored.width }
    : { width: stored.width, height: stored.height };
  const to = resizedSize(from, preprocess.resize);
  const { width, height } = preprocess.crop;
  assertSize(width, height, 'crop');
  if (width > to.width || height > to.height) {
    throw new RangeError(`plan: a crop of ${width}x${height} from ${to.width}x${to.height}`);
  }
  const column: AxisRange = {
    sourceSize: from.width,
    resizedSize: to.width,
    begin: cropOffset(to.width, width),
    count: width,
    flipped: flipColumns,
  };
  const row: AxisRange = {
    sourceSize: from.height,
    resizedSize: to.height,
    begin: cropOffset(to.height, height),
    count: height,
    flipped: flipRows,
  };
  const shape = { stored, width, height, swapped };
  if (preprocess.interpolation === 'opencv-bilinear') {
    const columns = openCvColumnTaps(column);
    const rows = openCvRowTaps(row);
    return { kind: 'opencv', ...shape, columns, rows, window: toWindow(swapped, columns, rows) };
  }
  const filter = preprocess.interpolation === 'pillow-bicubic' ? 'bicubic' : 'bilinear';
  const columns = pillowTaps(column, filter);
  const rows = pillowTaps(row, filter);
  return { kind: 'pillow', ...shape, columns, rows, window: toWindow(swapped, columns, rows) };
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The upright picture's size after resizing, before the crop. */
export function resizedSize(from: Size, resize: Preprocess['resize']): Size {
  if (resize.rule === 'exact') return { width: resize.width, height: resize.height };
  const short = resize.size;
  // int() of a double division in mmpretrain and torchvision: truncated, not rounded.
  return from.width < from.height
    ? { width: short, height: Math.trunc((short * from.height) / from.width) }
    : { width: Math.trunc((short * from.width) / from.height), height: short };
}

/** Python's int(round((size - crop) / 2.0)): halves to even: 269 - 224 gives 22, 271 gives 24. */
export function cropOffset(size: number, crop: number): number {
  const spare = size - crop;
  const half = Math.floor(spare / 2);
  return spare % 2 === 0 ? half : half + (half % 2);
}

function toWindow(
  swapped: boolean,
  columns: { readonly extent: Extent },
  rows: { readonly extent: Extent },
): PixelWindow {
  const [x, y] = swapped ? [rows.extent, columns.extent] : [columns.extent, rows.extent];
  return { left: x.begin, right: x.end, top: y.begin, bottom: y.end };
}

function assertSize(width: number, height: number, name: string): void {
  const whole = Number.isInteger(width) && Number.isInteger(height);
  if (!whole || width < 1 || height < 1) throw new RangeError(`plan: ${name} ${width}x${height}`);
}
