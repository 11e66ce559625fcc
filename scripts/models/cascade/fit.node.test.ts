import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseWithin, curveOf, frontierOf, type JudgedStage, measureAt } from './curve.ts';
import { fitCascade } from './fit.ts';
import { fitTemperature, meanNll } from './fit-temperature.ts';
import { LEVELS_MAX, SETTINGS_MAX } from './limits.ts';
import { plotCascade } from './plot-cascade.ts';

/** Numerical Recipes' quick generator: the same pictures every time. */
function createRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Logits, and labels drawn as likely as softmax(logits / temperature) says. */
function drawn(pictures: number, temperature: number) {
  const random = createRandom(12);
  const logits: Float32Array[] = [];
  const labels: number[] = [];
  for (let i = 0; i < pictures; i++) {
    const row = Float32Array.from({ length: 5 }, () => random() * 8);
    const weights = [...row].map((logit) => Math.exp(logit / temperature));
    let left = random() * weights.reduce((sum, weight) => sum + weight, 0);
    const label = weights.findIndex((weight) => {
      left -= weight;
      return left < 0;
    });
    logits.push(row);
    labels.push(Math.max(0, label));
  }
  return { logits, labels };
}

describe('fitTemperature', () => {
  it.each([0.5, 1, 2.5])('finds the temperature %s that labels were drawn by', (temperature) => {
    const { logits, labels } = drawn(8000, temperature);
    const fitted = fitTemperature(logits, labels);
    expect(Math.abs(Math.log(fitted / temperature))).toBeLessThan(0.08);
  });

  it('is never beaten by a search over all temperatures', () => {
    const { logits, labels } = drawn(300, 1.7);
    const least = meanNll(logits, labels, fitTemperature(logits, labels));
    for (let t = 0.1; t < 10; t *= 1.05) {
      expect(meanNll(logits, labels, t)).toBeGreaterThanOrEqual(least - 1e-7);
    }
  });

  it('is of likelihoods as they are by hand', () => {
    // Two equal logits: each class has one half, at any temperature.
    expect(meanNll([Float32Array.of(3, 3)], [1], 4)).toBeCloseTo(Math.log(2), 12);
  });
});

const SMALL: JudgedStage = {
  confidences: [0.9, 0.8, 0.4, 0.3],
  right: [true, false, true, false],
  macs: 1,
};
const LARGE: JudgedStage = { confidences: [1, 1, 1, 1], right: [true, true, true, false], macs: 4 };

describe('measureAt', () => {
  it.each([
    ['the first answers all', 0, 2, 1, [4, 0]],
    ['it answers what it is sure of', 0.85, 3, 1 + (3 * 4) / 4, [1, 3]],
    ['a picture at the threshold stays', 0.9, 3, 4, [1, 3]],
    ['the last answers all', 1, 3, 5, [0, 4]],
  ])('%s', (_name, threshold, right, meanMacs, answered) => {
    const point = measureAt([SMALL, LARGE], [threshold, 0]);
    const thresholds = [threshold, 0];
    expect(point).toEqual({ thresholds, right, meanMacs, answered, errorMacs: expect.any(Number) });
    // Each picture costs 1, or 5 where it goes on: a coin of so many to so many.
    const share = answered[1]! / 4;
    expect(point.errorMacs).toBeCloseTo(4 * Math.sqrt((share * (1 - share)) / 4), 9);
  });
});

describe('the curve', () => {
  it('has both ends and every setting between, in order of cost', () => {
    const points = curveOf([SMALL, LARGE]);
    const costs = points.map(({ meanMacs }) => meanMacs);
    expect(costs).toEqual(costs.toSorted((a, b) => a - b));
    expect(points.map(({ right }) => right)).toEqual(expect.arrayContaining([2, 3]));
    expect(points.at(-1)?.answered).toEqual([0, 4]);
  });

  it('tries a bounded number of settings, however many stages and pictures', () => {
    const many = Array.from({ length: 5000 }, (_, i) => i / 5000);
    const stage = { confidences: many.slice(0, 50), right: many.slice(0, 50).map(() => true) };
    const stages = [1, 2, 3, 4].map((macs) => ({ ...stage, macs }));
    expect(curveOf(stages).length).toBeLessThanOrEqual(SETTINGS_MAX);
    const two = [1, 2].map((macs) => ({ confidences: many, right: many.map(() => true), macs }));
    expect(curveOf(two).length).toBeLessThanOrEqual(LEVELS_MAX);
    expect(curveOf(two).length).toBeGreaterThan(LEVELS_MAX - 5);
  });

  it('is chosen from within the budget, the careful one of equals', () => {
    const times25 = <T>(values: readonly T[]) => Array.from({ length: 25 }, () => values).flat();
    const many = [SMALL, LARGE].map(({ confidences, right, macs }) => {
      return { confidences: times25(confidences), right: times25(right), macs };
    });
    const points = curveOf(many);
    // Half of them go on at 3 on the mean, twice 0.2 about it; three of four at 4, twice 0.173.
    expect(chooseWithin(points, 3.39)).toMatchObject({ right: 50, meanMacs: 2 });
    expect(chooseWithin(points, 3.41)).toMatchObject({ right: 50, meanMacs: 3 });
    expect(chooseWithin(points, 4.34)).toMatchObject({ right: 50, meanMacs: 3 });
    expect(chooseWithin(points, 4.35)).toMatchObject({ right: 75, meanMacs: 4 });
    expect(chooseWithin(points, 0.5)).toBeUndefined();
  });

  it('has a frontier on which more compute always buys more', () => {
    const probability = fc.double({ min: 0, max: 1, noNaN: true });
    const row = fc.record({ c: probability, small: fc.boolean(), large: fc.boolean() });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const small = { confidences: rows.map(({ c }) => c), right: rows.map((r) => r.small) };
        const large = { confidences: rows.map(() => 1), right: rows.map((r) => r.large) };
        const points = curveOf([
          { ...small, macs: 1 },
          { ...large, macs: 3 },
        ]);
        const frontier = frontierOf(points);
        expect(frontier.length).toBeGreaterThan(0);
        for (const [i, point] of frontier.entries()) {
          const before = frontier[i - 1];
          if (before === undefined) continue;
          expect(point.right).toBeGreaterThan(before.right);
          expect(point.meanMacs).toBeGreaterThan(before.meanMacs);
        }
        for (const { right, meanMacs } of points) {
          const beaten = frontier.some((one) => one.right >= right && one.meanMacs <= meanMacs);
          expect(beaten).toBe(true);
        }
      }),
    );
  });
});

describe('fitCascade', () => {
  const { logits, labels } = drawn(400, 1);
  // A worse stage: the same logits, half of them spoiled and unsure.
  const worse = logits.map((row, i) => (i % 4 < 2 ? row : row.map((logit) => 1 - logit * 0.05)));
  const stages = [
    { model: 'small', macs: 1, logits: worse },
    { model: 'large', macs: 4, logits },
  ];

  it('keeps to the budget on the half that it fits, and measures the other half apart', () => {
    const fitted = fitCascade(stages, labels, 0.85)!;
    expect(fitted.pictures).toEqual({ fitted: 200, tested: 200 });
    expect(fitted.fitted.meanMacs).toBeLessThanOrEqual(0.85 * 4);
    const answered = fitted.tested.answered.reduce((sum, count) => sum + count, 0);
    expect(answered).toBe(200);
    // Spoiled pictures are unsure: those alone go on, and nothing is lost.
    expect(fitted.fitted.right).toBe(fitted.last.fitted);
    expect(fitted.tested.right).toBe(fitted.last.tested);
  });

  it('has nothing to choose where the first stage alone is beyond the budget', () => {
    expect(fitCascade(stages, labels, 0.2)).toBeUndefined();
  });

  it('does not look at the tested half to choose', () => {
    const swapped = labels.map((label, i) => (i % 2 === 1 ? (label + 1) % 5 : label));
    const [a, b] = [fitCascade(stages, labels, 0.8)!, fitCascade(stages, swapped, 0.8)!];
    expect(b.fitted).toEqual(a.fitted);
    expect(b.tested.right).not.toBe(a.tested.right);
  });

  it('is drawn with both halves and every stage', () => {
    const svg = plotCascade('auks', fitCascade(stages, labels, 0.8)!);
    expect(svg).toMatch(/^<svg /);
    for (const text of ['fitted half', 'tested half', 'small', 'large', 'chosen']) {
      expect(svg).toContain(text);
    }
  });
});
