import type { ResultEntry, ResultKey } from './entry.ts';
import type { ResultTier } from './tier.ts';

export interface Hit {
  readonly entry: ResultEntry;
  readonly tier: string;
}

/** Results by picture hash. Neither method ever fails: an answer must not depend on a cache. */
export interface ResultCache {
  /** Asks the tiers in order, and takes a hit from a far one into the nearer ones. */
  find(key: ResultKey, classes: number): Promise<Hit | undefined>;
  /** Best effort in every tier; failures are counted, not told. */
  tryKeep(entry: ResultEntry): Promise<void>;
}

export interface LayeredOptions {
  /** A tier that has not answered by then is passed over: a cache must not cost more than it spares. */
  readonly tierMsMax: number;
  countFailure(tier: string, operation: 'get' | 'put'): void;
}

export function createLayeredCache(
  tiers: readonly ResultTier[],
  options: LayeredOptions,
): ResultCache {
  async function tryGet(
    tier: ResultTier,
    key: ResultKey,
    classes: number,
  ): Promise<ResultEntry | undefined> {
    const work = tier.get(key, classes).catch(() => {
      options.countFailure(tier.name, 'get');
      return undefined;
    });
    return within(work, options.tierMsMax, () => options.countFailure(tier.name, 'get'));
  }

  async function tryPut(tier: ResultTier, entry: ResultEntry): Promise<void> {
    await tier.put(entry).catch(() => options.countFailure(tier.name, 'put'));
  }

  return {
    async find(key, classes) {
      for (const [i, tier] of tiers.entries()) {
        const entry = await tryGet(tier, key, classes);
        if (entry === undefined) continue;
        const nearer = tiers.slice(0, i);
        await within(Promise.all(nearer.map((t) => tryPut(t, entry))), options.tierMsMax, () => {
          for (const t of nearer) options.countFailure(t.name, 'put');
        });
        return { entry, tier: tier.name };
      }
      return undefined;
    },
    async tryKeep(entry) {
      await Promise.all(tiers.map((tier) => tryPut(tier, entry)));
    },
  };
}

/** The work's value, or undefined once `msMax` are over; the work itself goes on unwatched. */
async function within<T>(
  work: Promise<T>,
  msMax: number,
  late: () => void,
): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | null = null;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      late();
      resolve(undefined);
    }, msMax);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
