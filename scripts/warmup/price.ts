import { CACHED_ANSWER_CPU_MS, toCost } from '../../src/classify/cost.ts';
import { PRICES } from '../costs/prices.ts';

export interface Price {
  readonly usd: number;
  /** By the model's card: a Worker cannot time itself. */
  readonly cpuMs: number;
}

const USD_PER_WRITE = PRICES.r2Writes.usd / 1e6;
const USD_PER_READ = PRICES.r2Reads.usd / 1e6;

/**
 * What is asked of the results bucket for a picture that is not in it: by the look-up before, by
 * the request itself, and by its pixels; and kept in it: under both keys.
 */
const READS_OF_A_MISS = 3;
const WRITES_OF_A_MISS = 2;

/** A look-up: of what is kept, or in vain. */
export const LOOK_UP: Price = priceOf(CACHED_ANSWER_CPU_MS);

/** One request of so many CPU milliseconds, on Workers Paid. */
export function priceOf(cpuMs: number): Price {
  return { cpuMs, usd: toCost(cpuMs).usd_per_million / 1e6 };
}

export interface Storage {
  readonly reads: number;
  readonly writes: number;
  readonly usd: number;
}

/** Of the worldwide tier; reads are the most there can be, since nearer tiers answer first. */
export function priceStorage(looked: number, inferred: number): Storage {
  const reads = looked + inferred * (READS_OF_A_MISS - 1);
  const writes = inferred * WRITES_OF_A_MISS;
  return { reads, writes, usd: reads * USD_PER_READ + writes * USD_PER_WRITE };
}
