/** Bins over [-radius, radius): 32 or more for each of 255 steps, even of a one-sided tensor. */
export const BINS = 16384;

/**
 * Distribution of one tensor's values over many pictures in bounded memory. Exact zeros, half of
 * what ReLU gives, are counted apart: they quantize without error. The range doubles when a value
 * lies outside, neighbouring bins merge, and so the result does not depend on a first pass.
 */
export interface Histogram {
  radius: number;
  counts: Float64Array;
  zeros: number;
  min: number;
  max: number;
}

export function emptyHistogram(): Histogram {
  return { radius: 2 ** -20, counts: new Float64Array(BINS), zeros: 0, min: 0, max: 0 };
}

/** `min` and `max` start from 0: every range that we choose holds zero. */
export function observeValues(histogram: Histogram, values: Float32Array): void {
  let min = histogram.min;
  let max = histogram.max;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < min) min = value;
    else if (value > max) max = value;
  }
  if (!Number.isFinite(min) || !Number.isFinite(max)) throw new RangeError('histogram: not finite');
  histogram.min = min;
  histogram.max = max;
  while (Math.max(-min, max) >= histogram.radius) widen(histogram);
  const { counts } = histogram;
  const perBin = BINS / 2 / histogram.radius;
  let zeros = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    // Truncation is floor here: the sum is positive.
    if (value === 0) zeros++;
    else counts[(value * perBin + BINS / 2) | 0]!++;
  }
  histogram.zeros += zeros;
}

/** Doubles the radius: old bins 2i and 2i + 1 become one, in the middle half of the new range. */
function widen(histogram: Histogram): void {
  const merged = new Float64Array(BINS);
  for (let i = 0; i < BINS; i++) merged[BINS / 4 + (i >> 1)]! += histogram.counts[i]!;
  histogram.counts = merged;
  histogram.radius *= 2;
}

/** The value in the middle of a bin. */
export function binCentre(histogram: Histogram, bin: number): number {
  return ((bin + 0.5) / BINS) * 2 * histogram.radius - histogram.radius;
}
