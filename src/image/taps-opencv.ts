import type { AxisRange, Extent } from './axis.ts';

/** Two taps for each of n outputs of one axis; n is the length of every array. */
export interface BilinearTaps {
  /** Stored indexes. They are neighbours, or the same index twice at an edge. */
  readonly index0: Int32Array;
  readonly index1: Int32Array;
  /** 11 fractional bits; weight0 + weight1 is 2048 give or take a rounding. */
  readonly weight0: Int16Array;
  readonly weight1: Int16Array;
  readonly extent: Extent;
}

const WEIGHT_ONE = 2048;

/** Columns: a tap that would fall outside gets all the weight on the edge pixel. */
export function openCvColumnTaps(range: AxisRange): BilinearTaps {
  return bilinearTaps(range, true);
}

/**
 * Rows: OpenCV clips the indexes and keeps the weights. As each product is shifted down by itself,
 * an enlarged picture's first and last rows differ by one from what the columns' rule would give.
 */
export function openCvRowTaps(range: AxisRange): BilinearTaps {
  return bilinearTaps(range, false);
}

// OpenCV 4.6, modules/imgproc/src/resize.cpp, resize() and HResizeLinear/VResizeLinear for uchar:
// the position is a float, the scale a double, and the weights are rounded half to even.
function bilinearTaps(range: AxisRange, clampWeights: boolean): BilinearTaps {
  const { sourceSize, resizedSize, begin, count } = range;
  const index0 = new Int32Array(count);
  const index1 = new Int32Array(count);
  const weight0 = new Int16Array(count);
  const weight1 = new Int16Array(count);
  const scale = 1 / (resizedSize / sourceSize);
  const last = sourceSize - 1;
  let lowest = last;
  let highest = 0;
  for (let n = 0; n < count; n++) {
    const position = Math.fround((begin + n + 0.5) * scale - 0.5);
    let index = Math.floor(position);
    let fraction = Math.fround(position - index);
    if (clampWeights && (index < 0 || index >= last)) {
      index = index < 0 ? 0 : last;
      fraction = 0;
    }
    const a = toStored(clip(index, last), range);
    const b = toStored(clip(index + 1, last), range);
    index0[n] = a;
    index1[n] = b;
    weight0[n] = rint(Math.fround(1 - fraction) * WEIGHT_ONE);
    weight1[n] = rint(fraction * WEIGHT_ONE);
    lowest = Math.min(lowest, a, b);
    highest = Math.max(highest, a, b);
  }
  return { index0, index1, weight0, weight1, extent: { begin: lowest, end: highest + 1 } };
}

function clip(index: number, last: number): number {
  return index < 0 ? 0 : index > last ? last : index;
}

function toStored(index: number, range: AxisRange): number {
  return range.flipped ? range.sourceSize - 1 - index : index;
}

/** C's rint: halves to even. */
function rint(value: number): number {
  const low = Math.floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}
