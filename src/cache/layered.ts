import type { ResultEntry, ResultKey } from './entry.ts';
import type { ResultTier } from './tier.ts';

export interface Hit {
  readonly entry: ResultEntry;
  readonly tier: string;
}

/** Results by picture hash. Neither method ever fails: an answer must not depend on a cache. */
export interface ResultCache {
  /** Names of its tiers, the nearest first. */
  readonly tiers: readonly string[];
  /**
   * Asks the tiers in order, and takes a hit from a far one into the nearer ones: behind the
   * answer where `background` takes that work, else before it and within a tier's time.
   */
  find(
    key: ResultKey,
    classes: number,
    background?: (work: Promise<void>) => void,
  ): Promise<Hit | undefined>;
  /** Best effort in every tier; failures are counted, not told. */
  tryKeep(entry: ResultEntry): Promise<void>;
}

export interface LayeredOptions {
  /** A tier that has not answered by then is passed over: a cache must not cost what it spares. */
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
    const failed = () => options.countFailure(tier.name, 'get');
    const work = call(() => tier.get(key, classes)).catch(() => {
      failed();
      return undefined;
    });
    return within(work, options.tierMsMax, failed);
  }

  async function tryPut(tier: ResultTier, entry: ResultEntry): Promise<void> {
    await call(() => tier.put(entry)).catch(() => options.countFailure(tier.name, 'put'));
  }

  async function tryPutAll(nearer: readonly ResultTier[], entry: ResultEntry): Promise<void> {
    await Promise.all(nearer.map((tier) => tryPut(tier, entry)));
  }

  async function writeBack(nearer: readonly ResultTier[], entry: ResultEntry): Promise<void> {
    await within(tryPutAll(nearer, entry), options.tierMsMax, () => {
      for (const tier of nearer) options.countFailure(tier.name, 'put');
    });
  }

  return {
    tiers: tiers.map(({ name }) => name),
    async find(key, classes, background) {
      for (const [i, tier] of tiers.entries()) {
        const entry = await tryGet(tier, key, classes);
        if (entry === undefined) continue;
        const nearer = tiers.slice(0, i);
        if (background === undefined) await writeBack(nearer, entry);
        else if (nearer.length > 0) background(tryPutAll(nearer, entry));
        return { entry, tier: tier.name };
      }
      return undefined;
    },
    tryKeep: (entry) => tryPutAll(tiers, entry),
  };
}

/** A tier that throws before it returns a promise fails like one that rejects. */
async function call<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

/** The work's value, or undefined once `msMax` are over; the work itself goes on unwatched. */
async function within<T>(
  work: Promise<T>,
  msMax: number,
  late: () => void,
): Promise<T | undefined> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(() => {
      late();
      resolve(undefined);
    }, msMax);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    if (timer !== undefined) clearTimeout(timer);
  }
}
