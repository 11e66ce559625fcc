import { setTimeout } from 'node:timers/promises';

/** What differs from run to run; tests hold it still. */
export interface Timing {
  /** From 0 to 1, 1 excluded. */
  random(): number;
  sleep(ms: number): Promise<void>;
}

export const REAL_TIMING: Timing = {
  random: () => Math.random(),
  async sleep(ms) {
    await setTimeout(ms);
  },
};

const BACKOFF_FIRST_MS = 250;
const BACKOFF_MS_MAX = 20_000;

/**
 * How long to wait after the n-th failure in a row, 1 being the first: exponential with full
 * jitter, so that many who failed at once do not come back at once.
 * https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function backoffMs(failures: number, random: number): number {
  const ceiling = Math.min(BACKOFF_MS_MAX, BACKOFF_FIRST_MS * 2 ** (failures - 1));
  return Math.floor(random * ceiling);
}
