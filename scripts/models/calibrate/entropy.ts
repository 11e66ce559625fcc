import type { Histogram } from './histogram.ts';
import { BINS } from './histogram.ts';
import type { Range } from './span.ts';

/** Magnitudes are gathered into this many bins, as TensorRT does. */
const MAGNITUDE_BINS = 2048;
/** Steps that one side of the quantized range has. */
const LEVELS = 128;

/**
 * The saturation threshold whose quantized distribution of magnitudes is nearest to the observed
 * one by Kullback-Leibler divergence (Migacz, "8-bit inference with TensorRT", GTC 2017). Zeros
 * are left out: after ReLU they would outweigh everything.
 */
export function entropyRange(histogram: Histogram): Range {
  const { min, max } = histogram;
  const reach = Math.max(-min, max);
  if (reach === 0) return { low: 0, high: 0 };
  const magnitudes = magnitudeCounts(histogram, reach);
  let best = MAGNITUDE_BINS;
  let least = Infinity;
  for (let bins = LEVELS; bins <= MAGNITUDE_BINS; bins += 8) {
    const divergence = divergenceAt(magnitudes, bins);
    if (divergence < least) {
      least = divergence;
      best = bins;
    }
  }
  const threshold = (best / MAGNITUDE_BINS) * reach;
  return { low: Math.max(min, -threshold), high: Math.min(max, threshold) };
}

function magnitudeCounts(histogram: Histogram, reach: number): Float64Array {
  const magnitudes = new Float64Array(MAGNITUDE_BINS);
  const width = (2 * histogram.radius) / BINS;
  for (let b = 0; b < BINS; b++) {
    const magnitude = Math.abs(b + 0.5 - BINS / 2) * width;
    const bin = Math.min(MAGNITUDE_BINS - 1, Math.floor((magnitude / reach) * MAGNITUDE_BINS));
    magnitudes[bin]! += histogram.counts[b]!;
  }
  return magnitudes;
}

/**
 * KL(P || Q): P is the first `bins` bins with everything beyond added to the last; Q is the same
 * bins merged into LEVELS groups and spread again over those of a group that are not empty.
 */
function divergenceAt(magnitudes: Float64Array, bins: number): number {
  let total = 0;
  let outside = 0;
  for (let i = 0; i < MAGNITUDE_BINS; i++) {
    total += magnitudes[i]!;
    if (i >= bins) outside += magnitudes[i]!;
  }
  const inside = total - outside;
  if (inside <= 0) return Infinity;
  let divergence = 0;
  for (let level = 0; level < LEVELS; level++) {
    const start = Math.floor((level * bins) / LEVELS);
    const end = Math.floor(((level + 1) * bins) / LEVELS);
    let sum = 0;
    let filled = 0;
    for (let i = start; i < end; i++) {
      sum += magnitudes[i]!;
      if (magnitudes[i]! > 0) filled++;
    }
    const spread = sum / Math.max(1, filled) / inside;
    for (let i = start; i < end; i++) {
      const share = (magnitudes[i]! + (i === bins - 1 ? outside : 0)) / total;
      if (share > 0) divergence += share * Math.log(share / Math.max(spread, 1e-12));
    }
  }
  return divergence;
}
