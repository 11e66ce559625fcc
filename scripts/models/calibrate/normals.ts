import type { ChannelStatistics } from '../network/statistics.ts';

/** One normal distribution a channel; `rectified`: what is below zero is zero. */
export interface Normals extends ChannelStatistics {
  readonly rectified: boolean;
}

/**
 * Mean and deviation of max(0, x) for x normal of mean m and deviation s, with r = m / s:
 *
 *     mean      m P(r) + s p(r)
 *     variance  (m^2 + s^2) P(r) + m s p(r) - mean^2
 *
 * p and P are the standard normal density and distribution. (Nagel et al. 2019, appendix C)
 */
export function rectifiedMoments({ mean, deviation }: ChannelStatistics): ChannelStatistics {
  const cut = { mean: new Float32Array(mean.length), deviation: new Float32Array(mean.length) };
  for (const [c, m] of mean.entries()) {
    const s = deviation[c]!;
    if (s === 0) {
      cut.mean[c] = Math.max(0, m);
      continue;
    }
    const [below, density] = [normalShare(m / s), normalDensity(m / s)];
    const rectified = m * below + s * density;
    const square = (m * m + s * s) * below + m * s * density;
    cut.mean[c] = rectified;
    cut.deviation[c] = Math.sqrt(Math.max(0, square - rectified * rectified));
  }
  return cut;
}

/** Standard. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI);
}

/**
 * Share of a standard normal distribution below x, to 1e-7: Abramowitz and Stegun 26.2.17.
 */
export function normalShare(x: number): number {
  const t = 1 / (1 + 0.2316419 * Math.abs(x));
  const series =
    t *
    (0.31938153 + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
  const tail = normalDensity(x) * series;
  return x < 0 ? tail : 1 - tail;
}
