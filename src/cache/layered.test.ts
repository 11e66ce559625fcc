import { describe, expect, it } from 'vitest';
import type { Digest } from '../digest.ts';
import type { ResultEntry } from './entry.ts';
import { createIsolateTier } from './isolate.ts';
import { createLayeredCache } from './layered.ts';
import type { ResultTier } from './tier.ts';

const ENTRY: ResultEntry = {
  key: {
    kind: 'picture',
    sha256: 'a'.repeat(64) as Digest,
    graph: 'b'.repeat(64) as Digest,
    preprocessing: 'v1-0',
    scope: '',
  },
  scores: Float32Array.of(1, 2),
  image: { sha256: 'a'.repeat(64) as Digest, width: 1, height: 1, format: 'png' },
  model: 'resnet',
  engine: 'ort',
  place: 'edge',
};

const tier = (name: string): ResultTier => ({
  ...createIsolateTier({ bytesMax: 10_000, entriesMax: 10 }),
  name,
});

/** A real tier whose n-th operation fails, or never ends. */
function faulty(
  inner: ResultTier,
  failsAt: number,
  how: 'fails' | 'hangs',
): ResultTier & { calls(): number } {
  let calls = 0;
  function fault<T>(work: () => Promise<T>): Promise<T> {
    calls += 1;
    if (calls !== failsAt) return work();
    return how === 'fails' ? Promise.reject(new Error('away')) : new Promise(() => undefined);
  }
  return {
    name: inner.name,
    calls: () => calls,
    get: (key, classes) => fault(() => inner.get(key, classes)),
    put: (entry) => fault(() => inner.put(entry)),
  };
}

function layered(tiers: readonly ResultTier[]) {
  const failures: string[] = [];
  const cache = createLayeredCache(tiers, {
    tierMsMax: 20,
    countFailure: (name, operation) => failures.push(`${name} ${operation}`),
  });
  return { cache, failures };
}

describe('layered results', () => {
  it('keeps in every tier and answers from the nearest', async () => {
    const [near, far] = [tier('near'), tier('far')];
    const { cache } = layered([near, far]);
    await cache.tryKeep(ENTRY);
    expect(await far.get(ENTRY.key, 2)).toEqual(ENTRY);
    expect(await cache.find(ENTRY.key, 2)).toEqual({ entry: ENTRY, tier: 'near' });
  });

  it('takes a hit from afar into the nearer tiers', async () => {
    const [near, middle, far] = [tier('near'), tier('middle'), tier('far')];
    await far.put(ENTRY);
    const { cache } = layered([near, middle, far]);
    expect((await cache.find(ENTRY.key, 2))?.tier).toBe('far');
    expect((await cache.find(ENTRY.key, 2))?.tier).toBe('near');
    expect(await middle.get(ENTRY.key, 2)).toEqual(ENTRY);
  });

  it('says miss when no tier has it', async () => {
    expect(await layered([tier('near')]).cache.find(ENTRY.key, 2)).toBeUndefined();
  });

  it.each(['fails', 'hangs'] as const)('passes over a tier that %s on reading', async (how) => {
    const [near, far] = [tier('near'), tier('far')];
    await far.put(ENTRY);
    const { cache, failures } = layered([faulty(near, 1, how), far]);
    expect((await cache.find(ENTRY.key, 2))?.tier).toBe('far');
    expect(failures).toEqual(['near get']);
  });

  it.each(['fails', 'hangs'] as const)('answers though a write-back %s', async (how) => {
    const [near, far] = [tier('near'), tier('far')];
    await far.put(ENTRY);
    const { cache, failures } = layered([faulty(near, 2, how), far]);
    expect((await cache.find(ENTRY.key, 2))?.tier).toBe('far');
    expect(failures).toEqual(['near put']);
  });

  it('writes a far hit back behind the answer where somebody takes that work', async () => {
    const [near, far] = [tier('near'), tier('far')];
    await far.put(ENTRY);
    const works: Array<Promise<void>> = [];
    const { cache, failures } = layered([faulty(near, 2, 'hangs'), far]);
    const found = await cache.find(ENTRY.key, 2, (work) => works.push(work));
    expect(found?.tier).toBe('far');
    expect([works.length, failures]).toEqual([1, []]);
    const sound = layered([near, far]);
    await sound.cache.find(ENTRY.key, 2, (work) => works.push(work));
    await works[1];
    expect(await near.get(ENTRY.key, 2)).toEqual(ENTRY);
    expect((await sound.cache.find(ENTRY.key, 2, (work) => works.push(work)))?.tier).toBe('near');
    expect(works).toHaveLength(2);
  });

  it('bears a tier that throws before it promises anything', async () => {
    const broken: ResultTier = {
      name: 'broken',
      get: () => {
        throw new Error('bug');
      },
      put: () => {
        throw new Error('bug');
      },
    };
    const { cache, failures } = layered([broken, tier('far')]);
    await cache.tryKeep(ENTRY);
    expect((await cache.find(ENTRY.key, 2))?.tier).toBe('far');
    expect(failures).toEqual(['broken put', 'broken get', 'broken put']);
  });

  // The SQLite way: the n-th operation fails, for n = 1, 2, 3 ... until a run meets no fault.
  it.each(['fails', 'hangs'] as const)('never errs, whichever operation %s', async (how) => {
    let faults = 0;
    for (let n = 1; ; n++) {
      const [near, far] = [faulty(tier('near'), n, how), tier('far')];
      await far.put(ENTRY);
      const { cache, failures } = layered([near, far]);
      expect((await cache.find(ENTRY.key, 2))?.entry).toEqual(ENTRY);
      // A put that hangs is bounded by whoever waits for background work, not by the cache.
      void cache.tryKeep(ENTRY);
      expect((await cache.find(ENTRY.key, 2))?.entry).toEqual(ENTRY);
      expect((await layered([tier('near'), far]).cache.find(ENTRY.key, 2))?.entry).toEqual(ENTRY);
      if (near.calls() < n) break;
      faults += 1;
      if (how === 'fails') expect(failures).toHaveLength(1);
    }
    expect(faults).toBeGreaterThanOrEqual(4);
  });

  it('keeps in the others when one tier fails', async () => {
    const [near, far] = [tier('near'), tier('far')];
    const { cache, failures } = layered([faulty(near, 1, 'fails'), far]);
    await cache.tryKeep(ENTRY);
    expect(await far.get(ENTRY.key, 2)).toEqual(ENTRY);
    expect(failures).toEqual(['near put']);
  });
});
