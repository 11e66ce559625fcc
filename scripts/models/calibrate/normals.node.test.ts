import { describe, expect, it } from 'vitest';
import { mixtureHistogram } from './mixture.ts';
import { normalShare, rectifiedMoments } from './normals.ts';
import { chooseRange } from './range.ts';

describe('the normal distribution', () => {
  // Abramowitz and Stegun, table 26.1.
  it.each([
    [0, 0.5],
    [1, 0.8413447461],
    [-1.96, 0.0249978952],
    [3, 0.998650102],
  ])('has the tabulated share below %d', (x, share) => {
    expect(normalShare(x)).toBeCloseTo(share, 6);
  });

  it.each([
    [0, 1, 0.3989423, 0.5838194],
    [-2, 1, 0.0084907, 0.0754],
    [5, 2, 5.004, 1.9885],
    [-1, 0, 0, 0],
    [1.5, 0, 1.5, 0],
  ])('of mean %d and deviation %d has its moments behind a ReLU', (mean, deviation, m, s) => {
    const cut = rectifiedMoments({
      mean: Float32Array.of(mean),
      deviation: Float32Array.of(deviation),
    });
    expect(cut.mean[0]).toBeCloseTo(m, 3);
    expect(cut.deviation[0]).toBeCloseTo(s, 2);
  });
});

describe('a mixture of channels', () => {
  const channels = { mean: Float32Array.of(0, 12), deviation: Float32Array.of(1, 0) };

  it('holds each channel once, what a ReLU cuts off as zeros', () => {
    const { counts, zeros, min, max } = mixtureHistogram({ ...channels, rectified: true });
    expect(zeros).toBeCloseTo(0.5, 2);
    expect(zeros + counts.reduce((sum, count) => sum + count, 0)).toBeCloseTo(2, 6);
    expect({ min, max }).toEqual({ min: 0, max: 12 });
  });

  it('reaches ten deviations of its widest channel', () => {
    const histogram = mixtureHistogram({ ...channels, rectified: false });
    expect(chooseRange(histogram, 'min-max')).toEqual({ low: -10, high: 12 });
  });
});
