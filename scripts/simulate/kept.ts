import type { Random } from './random.ts';

export interface Kept {
  has(image: number, nowMs: number): boolean;
  put(image: number, nowMs: number): void;
}

/**
 * A tier whose entries last `lifetimeMs` from their writing, found as it is after a long time: an
 * image's first look-up finds it with the share of time that a Poisson stream of `rateOf(image)`
 * (per ms) keeps it there, rate x lifetime / (1 + rate x lifetime), and a part of its life left.
 */
export function createLongLived(
  lifetimeMs: number,
  rateOf: (image: number) => number,
  random: Random,
): Kept {
  const untilMs = new Map<number, number>();
  return {
    has(image, nowMs) {
      const known = untilMs.get(image);
      if (known !== undefined) return known > nowMs;
      const lives = rateOf(image) * lifetimeMs;
      const isThere = random() < lives / (1 + lives);
      untilMs.set(image, isThere ? nowMs + random() * lifetimeMs : nowMs);
      return isThere;
    },
    put: (image, nowMs) => void untilMs.set(image, nowMs + lifetimeMs),
  };
}

/** What fits an isolate: the least recently used goes. It begins empty, as isolates do. */
export function createRecent(entriesMax: number): Kept {
  const entries = new Map<number, true>();
  const put = (image: number): void => {
    entries.delete(image);
    entries.set(image, true);
    const [oldest] = entries.keys();
    if (entries.size > entriesMax && oldest !== undefined) entries.delete(oldest);
  };
  return {
    has(image) {
      if (!entries.has(image)) return false;
      put(image);
      return true;
    },
    put,
  };
}
