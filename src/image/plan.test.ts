import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Orientation } from './orientation.ts';
import { cropOffset, planResize, resizedSize } from './plan.ts';
import type { Interpolation, Preprocess } from './preprocess.ts';
import { samplePlan } from './sample.ts';

const INTERPOLATIONS = ['opencv-bilinear', 'pillow-bilinear', 'pillow-bicubic'] as const;

function preprocess(
  interpolation: Interpolation,
  resize: Preprocess['resize'],
  crop: number,
): Preprocess {
  return {
    version: 1,
    resize,
    interpolation,
    crop: { height: crop, width: crop },
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
  };
}

const short = (size: number) => ({ rule: 'short_edge', size }) as const;

describe('sizes', () => {
  it.each([
    [
      { width: 640, height: 480 },
      { width: 341, height: 256 },
    ],
    [
      { width: 480, height: 640 },
      { width: 256, height: 341 },
    ],
    [
      { width: 500, height: 500 },
      { width: 256, height: 256 },
    ],
    [
      { width: 4032, height: 3024 },
      { width: 341, height: 256 },
    ],
    [
      { width: 1, height: 65535 },
      { width: 256, height: 16776960 },
    ],
  ])('the short edge of %j becomes 256 and the long one is truncated', (from, to) => {
    expect(resizedSize(from, short(256))).toEqual(to);
  });

  it('an exact size forgets the aspect ratio', () => {
    const exact = { rule: 'exact', width: 600, height: 500 } as const;
    expect(resizedSize({ width: 3, height: 900 }, exact)).toEqual({ width: 600, height: 500 });
  });

  it.each([
    [256, 224, 16],
    [341, 224, 58],
    [269, 224, 22],
    [271, 224, 24],
    [257, 224, 16],
    [259, 224, 18],
    [224, 224, 0],
  ])('the crop of %i to %i begins at %i, halves to even', (size, crop, offset) => {
    expect(cropOffset(size, crop)).toBe(offset);
  });

  it('a crop that is larger than the resized picture is a bug of the card', () => {
    const stored = { width: 10, height: 10, orientation: 1 } as const;
    const card = preprocess('opencv-bilinear', { rule: 'exact', width: 100, height: 300 }, 224);
    expect(() => planResize(stored, card)).toThrow(RangeError);
  });
});

const anySize = fc.integer({ min: 1, max: 700 });
const anyOrientation = fc.integer({ min: 1, max: 8 }) as fc.Arbitrary<Orientation>;
const anyInterpolation = fc.constantFrom(...INTERPOLATIONS);

describe('tap tables', () => {
  it('stay inside the stored picture and inside the window', () => {
    fc.assert(
      fc.property(anySize, anySize, anyOrientation, anyInterpolation, (w, h, o, interpolation) => {
        const stored = { width: w, height: h, orientation: o };
        const plan = planResize(stored, preprocess(interpolation, short(256), 224));
        expect(plan.window.left).toBeGreaterThanOrEqual(0);
        expect(plan.window.top).toBeGreaterThanOrEqual(0);
        expect(plan.window.right).toBeLessThanOrEqual(w);
        expect(plan.window.bottom).toBeLessThanOrEqual(h);
        for (const axis of [plan.columns, plan.rows]) {
          const indexes =
            'index0' in axis
              ? [...axis.index0, ...axis.index1]
              : [...axis.first, ...axis.first.map((first, i) => first + axis.count[i]! - 1)];
          expect(Math.min(...indexes)).toBe(axis.extent.begin);
          expect(Math.max(...indexes)).toBe(axis.extent.end - 1);
        }
      }),
      { numRuns: 60 },
    );
  });

  it('have weights that sum to one within their rounding', () => {
    fc.assert(
      fc.property(anySize, anySize, anyInterpolation, (w, h, interpolation) => {
        const stored = { width: w, height: h, orientation: 1 } as const;
        const plan = planResize(stored, preprocess(interpolation, short(256), 224));
        for (const axis of [plan.columns, plan.rows]) {
          for (let i = 0; i < 224; i++) {
            if ('index0' in axis) {
              expect(Math.abs(axis.weight0[i]! + axis.weight1[i]! - 2048)).toBeLessThanOrEqual(1);
            } else {
              const end = axis.offset[i]! + axis.count[i]!;
              const sum = axis.weights.slice(axis.offset[i], end).reduce((a, b) => a + b, 0);
              expect(Math.abs(sum - 2 ** 22)).toBeLessThanOrEqual(axis.count[i]!);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });
});

/** Stores an upright picture so that `orientation` turns it upright again. */
function store(upright: Uint8Array, width: number, height: number, orientation: Orientation) {
  const swapped = orientation >= 5;
  const [w, h] = swapped ? [height, width] : [width, height];
  const rgba = new Uint8Array(w * h * 4);
  const place: Record<Orientation, (x: number, y: number) => readonly [number, number]> = {
    1: (x, y) => [x, y],
    2: (x, y) => [w - 1 - x, y],
    3: (x, y) => [w - 1 - x, h - 1 - y],
    4: (x, y) => [x, h - 1 - y],
    5: (x, y) => [y, x],
    6: (x, y) => [y, h - 1 - x],
    7: (x, y) => [w - 1 - y, h - 1 - x],
    8: (x, y) => [w - 1 - y, x],
  };
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [sx, sy] = place[orientation](x, y);
      rgba.set(upright.subarray((y * width + x) * 4, (y * width + x) * 4 + 4), (sy * w + sx) * 4);
    }
  }
  return { width: w, height: h, rgba, opaque: false };
}

describe('orientation', () => {
  const orientations = [1, 2, 3, 4, 5, 6, 7, 8] as const;
  it.each(INTERPOLATIONS)('all eight give the same output with %s', (interpolation) => {
    for (const [width, height, size, crop] of [
      [61, 43, 32, 28],
      [20, 33, 40, 37],
      [300, 201, 32, 32],
    ] as const) {
      const upright = Uint8Array.from(
        { length: width * height * 4 },
        (_, i) => (i * i * 7919) >> 5,
      );
      const card = preprocess(interpolation, short(size), crop);
      const outputs = orientations.map((orientation) => {
        const pixels = store(upright, width, height, orientation);
        return samplePlan(planResize({ ...pixels, orientation }, card), pixels);
      });
      expect(new Set(outputs[0]).size).toBeGreaterThan(20);
      for (const output of outputs) expect(output).toEqual(outputs[0]);
    }
  });
});

describe('laws of sampling', () => {
  it.each(INTERPOLATIONS)('an unchanged size is a copy with %s', (interpolation) => {
    const rgba = Uint8Array.from({ length: 32 * 32 * 4 }, (_, i) => (i % 4 === 3 ? 255 : i * 37));
    const stored = { width: 32, height: 32, orientation: 1 } as const;
    const out = samplePlan(planResize(stored, preprocess(interpolation, short(32), 32)), {
      ...stored,
      rgba,
      opaque: false,
    });
    expect([...out]).toEqual([...rgba].filter((_, i) => i % 4 !== 3));
  });

  it('a flat picture stays flat whatever its size', () => {
    fc.assert(
      fc.property(anySize, anySize, anyInterpolation, fc.nat(255), (w, h, interpolation, v) => {
        const stored = { width: w, height: h, orientation: 1 } as const;
        const rgba = new Uint8Array(w * h * 4).fill(v);
        const plan = planResize(stored, preprocess(interpolation, short(48), 48));
        const out = samplePlan(plan, { ...stored, rgba, opaque: true });
        expect(new Set(out)).toEqual(new Set([v]));
      }),
      { numRuns: 60 },
    );
  });
});
