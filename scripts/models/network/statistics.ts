import { BATCH_NORM_EPSILON } from './architecture.ts';
import type { BatchNorm } from './fold.ts';

/** What training saw behind a batch norm, before any ReLU. [out] each. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly deviation: Float32Array;
}

/**
 * Batch norm brings each channel to mean 0 and variance variance / (variance + epsilon), then
 * scales and shifts it: its own two parameters say how its output is spread. (Nagel et al. 2019,
 * "Data-free quantization", 4.2.1)
 */
export function statisticsOf({ scale, shift, variance }: BatchNorm): ChannelStatistics {
  const deviation = scale.map((value, c) => {
    return Math.abs(value) * Math.sqrt(variance[c]! / (variance[c]! + BATCH_NORM_EPSILON));
  });
  return { mean: shift.slice(), deviation };
}
