import { describe, expect, it } from 'vitest';
import { randomValues } from '../testing/synthetic.ts';
import { emptyHistogram, type Histogram, observeValues } from './histogram.ts';
import { chooseRange, METHODS, percentileRange } from './range.ts';
import type { Range } from './span.ts';

/** Bell-shaped values of deviation about 1, without the odd far one. */
function bell(seed: number, count: number): Float32Array {
  const uniform = randomValues(seed, count * 12);
  return Float32Array.from({ length: count }, (_, i) => {
    let sum = 0;
    for (let k = 0; k < 12; k++) sum += uniform[i * 12 + k]!;
    return sum / 2;
  });
}

function histogramOf(...chunks: readonly Float32Array[]): Histogram {
  const histogram = emptyHistogram();
  for (const chunk of chunks) observeValues(histogram, chunk);
  return histogram;
}

/** Mean squared error of quantizing the values themselves. */
function errorOf(values: Float32Array, { low, high }: Range): number {
  const step = (high - low) / 255;
  let sum = 0;
  for (const value of values) {
    const clamped = Math.min(high, Math.max(low, value));
    sum += (value - Math.round(clamped / step) * step) ** 2;
  }
  return sum / values.length;
}

const BELL = bell(1, 40_000);
const WITH_OUTLIERS = Float32Array.of(...BELL, 60, -45, 80);
const RELU = WITH_OUTLIERS.map((value) => Math.max(0, value));

describe('a histogram', () => {
  it('counts every value once, zeros apart, whatever the order of ranges', () => {
    const [small, large] = [Float32Array.of(0, 1e-7, -1e-7, 0), Float32Array.of(1000, -3)];
    for (const chunks of [
      [small, large],
      [large, small],
    ]) {
      const { counts, zeros, min, max } = histogramOf(...chunks);
      expect({ zeros, min, max }).toEqual({ zeros: 2, min: -3, max: 1000 });
      expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
    }
  });

  it('is the same in one piece and in many', () => {
    const pieces = Array.from({ length: 40 }, (_, i) => BELL.subarray(i * 1000, (i + 1) * 1000));
    expect(histogramOf(...pieces)).toEqual(histogramOf(BELL));
  });

  it('refuses values that are not finite', () => {
    expect(() => histogramOf(Float32Array.of(1, Infinity))).toThrow(RangeError);
  });
});

describe.each(METHODS)('the %s range', (method) => {
  it.each([
    ['a constant zero', new Float32Array(100)],
    ['ReLU', RELU],
    ['both signs', WITH_OUTLIERS],
    ['negatives alone', WITH_OUTLIERS.map((value) => Math.min(0, value))],
  ])('of %s holds zero and lies within what was seen', (_, values) => {
    const histogram = histogramOf(values);
    const { low, high } = chooseRange(histogram, method);
    expect(low).toBeLessThanOrEqual(0);
    expect(high).toBeGreaterThanOrEqual(0);
    expect(low).toBeGreaterThanOrEqual(histogram.min);
    expect(high).toBeLessThanOrEqual(histogram.max);
  });
});

describe('methods compared', () => {
  it('all but min-max leave lone outliers outside', () => {
    const histogram = histogramOf(WITH_OUTLIERS);
    expect(chooseRange(histogram, 'min-max')).toEqual({ low: -45, high: 80 });
    for (const method of METHODS.filter((name) => name !== 'min-max')) {
      const { high } = chooseRange(histogram, method);
      // mse weighs what saturation costs: three values at 60 standard deviations are not free.
      expect(high, method).toBeLessThan(80);
    }
  });

  it('least squared error is what its name says, measured on the values', () => {
    for (const values of [BELL, WITH_OUTLIERS]) {
      const least = errorOf(values, chooseRange(histogramOf(values), 'mse'));
      for (const method of METHODS) {
        const other = errorOf(values, chooseRange(histogramOf(values), method));
        expect(least, method).toBeLessThanOrEqual(other * 1.02);
      }
    }
  });

  it('a percentile leaves its share outside on either side', () => {
    const { low, high } = percentileRange(histogramOf(BELL), 0.01);
    expect(BELL.filter((value) => value > high).length).toBeCloseTo(400, -2);
    expect(BELL.filter((value) => value < low).length).toBeCloseTo(400, -2);
  });
});
