import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../digest.ts';
import { createCacheApiTier } from './cache-api.ts';
import type { ResultEntry } from './entry.ts';
import { createIsolateTier } from './isolate.ts';
import { createR2Tier } from './r2.ts';
import type { ResultTier } from './tier.ts';
import { pathOf } from './tier.ts';

const { BUCKET } = env as { readonly BUCKET: R2Bucket };
const ORIGIN = 'https://razorbill.example';

let made = 0;
function newEntry(change: Partial<ResultEntry['key']> = {}): ResultEntry {
  made += 1;
  const sha256 = made.toString(16).padStart(64, '0') as Digest;
  const graph = 'b'.repeat(64) as Digest;
  return {
    key: { kind: 'picture', sha256, graph, preprocessing: 'v1-0', scope: '', ...change },
    scores: Float32Array.of(made, -1, 0.5),
    image: { sha256, width: 4, height: 3, format: 'png' },
    model: 'resnet',
    engine: 'ort',
    place: 'edge',
  };
}

const TIERS: ReadonlyArray<readonly [string, () => ResultTier]> = [
  ['isolate', () => createIsolateTier({ bytesMax: 100_000, entriesMax: 50 })],
  [
    'Cache API',
    () =>
      createCacheApiTier(
        () => caches.open('results'),
        () => ORIGIN,
        60,
      ),
  ],
  ['R2', () => createR2Tier(BUCKET)],
];

describe.each(TIERS)('results in the tier %s', (_name, create) => {
  it('has nothing before it was given anything', async () => {
    expect(await create().get(newEntry().key, 3)).toBeUndefined();
  });

  it('gives back what it was given', async () => {
    const tier = create();
    const entry = newEntry();
    await tier.put(entry);
    expect(await tier.get(entry.key, 3)).toEqual(entry);
  });

  it('takes the newer of two under one key', async () => {
    const tier = create();
    const entry = newEntry();
    await tier.put(entry);
    const newer = { ...entry, engine: 'simd' };
    await tier.put(newer);
    expect(await tier.get(entry.key, 3)).toEqual(newer);
  });

  it('does not mix kinds, scopes, graphs, preprocessings or cascades', async () => {
    const tier = create();
    const { key, ...rest } = newEntry();
    await tier.put({ key, ...rest });
    for (const other of [
      { ...key, kind: 'tensor' as const },
      { ...key, scope: 'somebody' },
      { ...key, scope: '../..' },
      { ...key, graph: 'c'.repeat(64) as Digest },
      { ...key, preprocessing: 'v2-0' },
      { ...key, cascade: 'd'.repeat(64) as Digest },
    ]) {
      expect(await tier.get(other, 3), pathOf(other)).toBeUndefined();
    }
  });

  it('has nothing for another class count', async () => {
    const tier = create();
    const entry = newEntry();
    await tier.put(entry);
    expect(await tier.get(entry.key, 4)).toBeUndefined();
  });
});

describe('results in the isolate', () => {
  it('drops the least recently used beyond its entries', async () => {
    const tier = createIsolateTier({ bytesMax: 1_000_000, entriesMax: 2 });
    const [a, b, c] = [newEntry(), newEntry(), newEntry()];
    await tier.put(a);
    await tier.put(b);
    await tier.get(a.key, 3);
    await tier.put(c);
    expect(await tier.get(b.key, 3)).toBeUndefined();
    expect(await tier.get(a.key, 3)).toEqual(a);
    expect(await tier.get(c.key, 3)).toEqual(c);
  });

  it('holds no more bytes than it may, and nothing larger than that', async () => {
    const tier = createIsolateTier({ bytesMax: 2_500, entriesMax: 100 });
    const entries = [newEntry(), newEntry(), newEntry()];
    for (const entry of entries) await tier.put(entry);
    const kept = await Promise.all(entries.map((entry) => tier.get(entry.key, 3)));
    expect(kept.filter(Boolean)).toHaveLength(2);
    const large = { ...newEntry(), scores: new Float32Array(1000) };
    await tier.put(large);
    expect(await tier.get(large.key, 1000)).toBeUndefined();
  });
});

describe('results in R2', () => {
  it('does not read an object that cannot be an entry', async () => {
    const { key } = newEntry();
    await BUCKET.put(`results/${pathOf(key)}`, new Uint8Array(400_000));
    expect(await createR2Tier(BUCKET).get(key, 3)).toBeUndefined();
  });

  it('takes a damaged object for none', async () => {
    const entry = newEntry();
    const tier = createR2Tier(BUCKET);
    await tier.put(entry);
    const path = `results/${pathOf(entry.key)}`;
    const bytes = new Uint8Array(await (await BUCKET.get(path))!.arrayBuffer());
    bytes[bytes.length - 1] = (bytes[bytes.length - 1] ?? 0) ^ 1;
    await BUCKET.put(path, bytes);
    expect(await tier.get(entry.key, 3)).toBeUndefined();
  });
});
