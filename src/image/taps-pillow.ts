import type { AxisRange, Extent } from './axis.ts';

/** A run of neighbouring taps for each of n outputs of one axis. */
export interface FilterTaps {
  /** n entries. Output i reads stored indexes first[i] .. first[i] + count[i] - 1. */
  readonly first: Int32Array;
  readonly count: Int32Array;
  /** n entries. The weight of first[i] + k is weights[offset[i] + k]. */
  readonly offset: Int32Array;
  /** 22 fractional bits, in ascending stored order; bicubic has negative ones. */
  readonly weights: Int32Array;
  /** The axis keeps its size: each output is one stored pixel at full weight. */
  readonly copies: boolean;
  readonly extent: Extent;
}

/** Pillow's PRECISION_BITS: 32 - 8 bits of a pixel - 2 bits of headroom. */
export const WEIGHT_BITS = 22;

const WEIGHT_ONE = 2 ** WEIGHT_BITS;

const FILTERS = {
  bilinear: { support: 1, at: triangle },
  bicubic: { support: 2, at: cubic },
} as const;

// Pillow 9.4, src/libImaging/Resample.c, precompute_coeffs and normalize_coeffs_8bpc.
export function pillowTaps(range: AxisRange, filterName: 'bilinear' | 'bicubic'): FilterTaps {
  if (range.sourceSize === range.resizedSize) return copyTaps(range);
  const filter = FILTERS[filterName];
  const { sourceSize, count: outputs } = range;
  const scale = sourceSize / range.resizedSize;
  const filterScale = Math.max(scale, 1);
  const support = filter.support * filterScale;
  const first = new Int32Array(outputs);
  const count = new Int32Array(outputs);
  const offset = new Int32Array(outputs);
  const weights = new Int32Array(outputs * Math.min(Math.ceil(support) * 2 + 1, sourceSize));
  const real = new Float64Array(Math.ceil(support) * 2 + 1);
  let used = 0;
  let lowest = sourceSize;
  let end = 0;
  for (let n = 0; n < outputs; n++) {
    const centre = (range.begin + n + 0.5) * scale;
    const from = Math.max(Math.trunc(centre - support + 0.5), 0);
    const taps = Math.min(Math.trunc(centre + support + 0.5), sourceSize) - from;
    let sum = 0;
    for (let k = 0; k < taps; k++) {
      const weight = filter.at((k + from - centre + 0.5) * (1 / filterScale));
      real[k] = weight;
      sum += weight;
    }
    for (let k = 0; k < taps; k++) {
      const at = range.flipped ? taps - 1 - k : k;
      weights[used + at] = toFixed(sum === 0 ? real[k]! : real[k]! / sum);
    }
    const stored = range.flipped ? sourceSize - from - taps : from;
    first[n] = stored;
    count[n] = taps;
    offset[n] = used;
    used += taps;
    lowest = Math.min(lowest, stored);
    end = Math.max(end, stored + taps);
  }
  const extent = { begin: lowest, end };
  return { first, count, offset, weights: weights.subarray(0, used), copies: false, extent };
}

/** Pillow skips a pass that does not change the size. */
function copyTaps({ sourceSize, begin, count: outputs, flipped }: AxisRange): FilterTaps {
  const first = new Int32Array(outputs);
  const offset = new Int32Array(outputs);
  for (let n = 0; n < outputs; n++) {
    first[n] = flipped ? sourceSize - 1 - begin - n : begin + n;
    offset[n] = n;
  }
  const lowest = flipped ? sourceSize - begin - outputs : begin;
  return {
    first,
    count: new Int32Array(outputs).fill(1),
    offset,
    weights: new Int32Array(outputs).fill(WEIGHT_ONE),
    copies: true,
    extent: { begin: lowest, end: lowest + outputs },
  };
}

/** Rounded half away from zero: C's (int)(x + 0.5), or - 0.5 below zero. */
function toFixed(weight: number): number {
  return Math.trunc(weight * WEIGHT_ONE + (weight < 0 ? -0.5 : 0.5));
}

function triangle(x: number): number {
  const distance = Math.abs(x);
  return distance < 1 ? 1 - distance : 0;
}

/** Keys's cubic with a = -0.5, in Pillow's order of operations. */
function cubic(x: number): number {
  const a = -0.5;
  const d = Math.abs(x);
  if (d < 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  if (d < 2) return (((d - 5) * d + 8) * d - 4) * a;
  return 0;
}
