import { BINS, emptyHistogram, type Histogram } from './histogram.ts';
import { type Normals, normalShare } from './normals.ts';

/**
 * Deviations to either side that count as a channel's reach. A normal distribution ends at six;
 * real channels have heavier tails. Chosen by measurement: see docs/decisions.md.
 */
const REACH = 10;
/** Equal cells of a channel: those of hundreds of channels fill the bins between them. */
const CELLS = 2048;

/** Share of a standard normal distribution in each cell. */
const CELL_SHARES = Float64Array.from({ length: CELLS }, (_, i) => {
  return normalShare(cellEdge(i + 1)) - normalShare(cellEdge(i));
});

/** In deviations. */
function cellEdge(cell: number): number {
  return (cell / CELLS) * 2 * REACH - REACH;
}

/** One histogram of all channels, each weighing 1. */
export function mixtureHistogram({ mean, deviation, rectified }: Normals): Histogram {
  const histogram = emptyHistogram();
  for (const [c, m] of mean.entries()) {
    const reach = REACH * deviation[c]!;
    histogram.min = Math.min(histogram.min, rectified ? 0 : m - reach);
    histogram.max = Math.max(histogram.max, m + reach);
  }
  while (Math.max(-histogram.min, histogram.max) >= histogram.radius) histogram.radius *= 2;
  const perBin = BINS / 2 / histogram.radius;
  for (const [c, m] of mean.entries()) {
    for (const [cell, share] of CELL_SHARES.entries()) {
      const value = m + deviation[c]! * cellEdge(cell + 0.5);
      if (rectified && value <= 0) histogram.zeros += share;
      else histogram.counts[Math.floor(value * perBin + BINS / 2)]! += share;
    }
  }
  return histogram;
}
