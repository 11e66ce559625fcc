import type { Histogram } from './histogram.ts';
import { BINS, binCentre } from './histogram.ts';
import type { Range } from './span.ts';

/** Candidates for either end: 1/200 to 200/200 of the extreme value. */
const STEPS = 200;

/**
 * The range with the least mean squared error:
 *
 *     inside   step^2 / 12 for each value (rounding error, evenly spread)
 *     outside  (value - end)^2 for each value (saturation)
 *
 * Running sums of counts, values and squares make each candidate a few operations, so both ends
 * are searched together. Exact zeros have no error and are left out.
 */
export function leastErrorRange(histogram: Histogram): Range {
  const { min, max } = histogram;
  const sums = runningSums(histogram);
  const total = sums.counts[BINS]!;
  const lows = min < 0 ? ends(min) : [0];
  const highs = max > 0 ? ends(max) : [0];
  const belows = lows.map((low) => saturation(histogram, sums, low, 'below'));
  const aboves = highs.map((high) => saturation(histogram, sums, high, 'above'));
  let best: Range = { low: min, high: max };
  let least = Infinity;
  for (const [i, low] of lows.entries()) {
    for (const [j, high] of highs.entries()) {
      const step = (high - low) / 255;
      const inside = total - belows[i]!.count - aboves[j]!.count;
      const error = (inside * step * step) / 12 + belows[i]!.error + aboves[j]!.error;
      if (error < least) {
        least = error;
        best = { low, high };
      }
    }
  }
  return best;
}

function ends(extreme: number): number[] {
  return Array.from({ length: STEPS }, (_, i) => (extreme * (i + 1)) / STEPS);
}

/** Element b holds the sum over all bins before b. */
interface RunningSums {
  readonly counts: Float64Array;
  readonly values: Float64Array;
  readonly squares: Float64Array;
}

function runningSums(histogram: Histogram): RunningSums {
  const counts = new Float64Array(BINS + 1);
  const values = new Float64Array(BINS + 1);
  const squares = new Float64Array(BINS + 1);
  for (let b = 0; b < BINS; b++) {
    const count = histogram.counts[b]!;
    const centre = binCentre(histogram, b);
    counts[b + 1] = counts[b]! + count;
    values[b + 1] = values[b]! + count * centre;
    squares[b + 1] = squares[b]! + count * centre * centre;
  }
  return { counts, values, squares };
}

/** Number of values beyond `end`, and their squared distances from it, to the nearest bin. */
function saturation(
  histogram: Histogram,
  sums: RunningSums,
  end: number,
  side: 'below' | 'above',
): { readonly count: number; readonly error: number } {
  const edge = Math.round((end / histogram.radius) * (BINS / 2) + BINS / 2);
  const [from, to] = side === 'below' ? [0, edge] : [edge, BINS];
  const count = sums.counts[to]! - sums.counts[from]!;
  const value = sums.values[to]! - sums.values[from]!;
  const square = sums.squares[to]! - sums.squares[from]!;
  // sum (x - end)^2 = sum x^2 - 2 end sum x + count end^2
  return { count, error: Math.max(0, square - 2 * end * value + count * end * end) };
}
