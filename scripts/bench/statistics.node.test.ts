import { describe, expect, it } from 'vitest';
import { percentile, ratioBeyondBare, summarise } from './statistics.ts';

describe('percentiles', () => {
  it.each([
    ['one value is every percentile', [7], 99, 7],
    ['the median of an odd count is its middle', [3, 1, 2], 50, 2],
    ['the median of an even count lies between', [4, 1, 2, 3], 50, 2.5],
    // numpy.percentile([1, 2, 3, 4, 10], 95)
    ['between ranks it is linear', [10, 4, 3, 2, 1], 95, 8.8],
  ])('%s', (_name, values, percent, expected) => {
    expect(percentile(values, percent)).toBeCloseTo(expected, 12);
  });

  it('of nothing are a mistake', () => {
    expect(() => percentile([], 50)).toThrow(RangeError);
  });
});

describe('a summary', () => {
  it('tells the spread as a share of the median', () => {
    const summary = summarise([1, 2, 3, 4, 5]);
    expect(summary).toMatchObject({ n: 5, median: 3, spread: 2 / 3 });
  });

  it('compares only what lies beyond a bare request', () => {
    expect(ratioBeyondBare(101, 6, 1)).toBe(20);
    expect(ratioBeyondBare(101, 1, 1.5)).toBeUndefined();
  });
});
