import { entropyRange } from './entropy.ts';
import type { Histogram } from './histogram.ts';
import { BINS, binCentre } from './histogram.ts';
import { leastErrorRange } from './least-error.ts';
import type { Range } from './span.ts';

export const METHODS = ['min-max', 'percentile', 'entropy', 'mse'] as const;
export type Method = (typeof METHODS)[number];

/** Share of values on either side that the percentile method leaves outside. */
export const TAIL_SHARE = 1e-4;

export function chooseRange(histogram: Histogram, method: Method): Range {
  switch (method) {
    case 'min-max':
      return { low: histogram.min, high: histogram.max };
    case 'percentile':
      return percentileRange(histogram, TAIL_SHARE);
    case 'entropy':
      return entropyRange(histogram);
    case 'mse':
      return leastErrorRange(histogram);
  }
}

export function percentileRange(histogram: Histogram, tailShare: number): Range {
  const { counts, zeros, min, max } = histogram;
  const total = counts.reduce((sum, count) => sum + count, zeros);
  const outside = total * tailShare;
  let below = 0;
  let first = 0;
  while (first < BINS && below + counts[first]! <= outside) below += counts[first++]!;
  let above = 0;
  let last = BINS - 1;
  while (last >= 0 && above + counts[last]! <= outside) above += counts[last--]!;
  return {
    low: Math.min(0, Math.max(min, first < BINS ? binCentre(histogram, first) : 0)),
    high: Math.max(0, Math.min(max, last >= 0 ? binCentre(histogram, last) : 0)),
  };
}
