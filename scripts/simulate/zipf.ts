import type { Random } from './random.ts';

export interface Zipf {
  /** A rank from 0, the most frequent. */
  draw(random: Random): number;
  /** P(rank) = (rank + 1)^-exponent / sum of all. */
  probability(rank: number): number;
}

/** Zipf's law over a finite number of ranks, drawn from its cumulative table. */
export function createZipf(ranks: number, exponent: number): Zipf {
  const cumulative = new Float64Array(ranks);
  let sum = 0;
  for (let rank = 0; rank < ranks; rank++) {
    sum += (rank + 1) ** -exponent;
    cumulative[rank] = sum;
  }
  return {
    draw(random) {
      const at = random() * sum;
      let low = 0;
      let high = ranks - 1;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if ((cumulative[middle] ?? 0) > at) high = middle;
        else low = middle + 1;
      }
      return low;
    },
    probability: (rank) => (rank + 1) ** -exponent / sum,
  };
}
