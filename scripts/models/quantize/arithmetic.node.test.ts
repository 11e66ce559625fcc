import { describe, expect, it } from 'vitest';
import { randomValues } from '../testing/synthetic.ts';
import { activationScale } from './activation.ts';
import { quantizeBias, roundingShift, tapShares } from './bias.ts';
import { BIAS_MAX, quantizeWeight, WEIGHT_MAX } from './weight.ts';

describe('an activation scale', () => {
  it.each([
    [{ low: 0, high: 2.55 }, 0.01, 0],
    [{ low: -1, high: 1 }, 2 / 255, 127],
    [{ low: -2, high: 0 }, 2 / 255, 255],
    [{ low: 0, high: 0 }, 2 ** -40, 0],
  ])('of %o has the step and the zero that hold both ends', (range, scale, zero) => {
    expect(activationScale(range)).toEqual({ scale: Math.fround(scale), zero });
  });

  it('without zero in its range is a bug', () => {
    expect(() => activationScale({ low: 1, high: 2 })).toThrow(RangeError);
  });
});

describe('quantized weights', () => {
  const weight = randomValues(3, 5 * 36);

  it('are within -127..127 and half a step of the real ones, clipping aside', () => {
    const { values, scales } = quantizeWeight(weight, new Float32Array(5), 0.02);
    for (const [i, value] of values.entries()) {
      const scale = scales[Math.floor(i / 36)]!;
      const largest = WEIGHT_MAX[8] * scale;
      const clipped = Math.max(-largest, Math.min(largest, weight[i]!));
      expect(Math.abs(value)).toBeLessThanOrEqual(WEIGHT_MAX[8]);
      expect(Math.abs(value * scale - clipped)).toBeLessThanOrEqual(scale * 0.5001);
    }
  });

  it('have no larger squared error than without clipping', () => {
    const lone = weight.slice(0, 36).fill(3, 0, 1);
    const { values, scales } = quantizeWeight(lone, new Float32Array(1), 0.02);
    const error = (scale: number, q: (w: number, i: number) => number) =>
      lone.reduce((sum, w, i) => sum + (w - q(w, i) * scale) ** 2, 0);
    const plain = Math.fround(3 / 127);
    const unclipped = error(plain, (w) => Math.round(w / plain));
    expect(error(scales[0]!, (_, i) => values[i]!)).toBeLessThanOrEqual(unclipped);
  });

  it.each([
    ['all zero', 0, 0.5],
    ['nearly zero', 1e-30, 0.5],
    ['tiny beside a large bias', 1e-6, 1000],
  ])('that are %s keep a positive scale and a bias that fits', (_, size, bias) => {
    const channel = new Float32Array(9).fill(size);
    const { values, scales } = quantizeWeight(channel, Float32Array.of(bias), 0.01);
    const quantized = quantizeBias([bias], 0.01, scales);
    expect(scales[0]).toBeGreaterThan(0);
    expect(Math.fround(scales[0]! * 0.01)).toBeGreaterThan(0);
    expect(Math.abs(quantized.values[0]!)).toBeLessThanOrEqual(BIAS_MAX * 1.001);
    expect(quantized.values[0]! * quantized.scales[0]!).toBeCloseTo(bias, 3);
    expect(values.every((value) => Math.abs(value) <= WEIGHT_MAX[8])).toBe(true);
  });
});

describe('bias correction', () => {
  it('counts at how many positions a tap lies on the picture', () => {
    expect(tapShares(4, 3, 1, 1)).toEqual([0.75, 1, 0.75]);
    expect(tapShares(4, 3, 2, 1)).toEqual([0.5, 1, 1]);
    expect(tapShares(7, 1, 2, 0)).toEqual([1]);
  });

  it('is the mean of the error that a convolution shows, for flat channels', () => {
    // Two input channels of constant 0.5 and -2 on a 4 x 4 picture, padded by 1.
    const means = Float64Array.of(0.5, -2);
    const weight = randomValues(9, 3 * 2 * 9);
    const quantized = quantizeWeight(weight, new Float32Array(3), 0.05);
    const taps = tapShares(4, 3, 1, 1);
    const shift = roundingShift(weight, quantized, means, { rows: taps, columns: taps });
    for (let o = 0; o < 3; o++) {
      let sum = 0;
      for (let y = 0; y < 4; y++) for (let x = 0; x < 4; x++) sum += errorAt(o, y, x);
      expect(shift[o]).toBeCloseTo(sum / 16, 10);
    }

    function errorAt(o: number, y: number, x: number): number {
      let sum = 0;
      for (let i = 0; i < 2; i++) {
        for (let ky = 0; ky < 3; ky++) {
          for (let kx = 0; kx < 3; kx++) {
            const [py, px] = [y + ky - 1, x + kx - 1];
            if (py < 0 || py > 3 || px < 0 || px > 3) continue;
            const at = ((o * 2 + i) * 3 + ky) * 3 + kx;
            sum += (quantized.values[at]! * quantized.scales[o]! - weight[at]!) * means[i]!;
          }
        }
      }
      return sum;
    }
  });
});
