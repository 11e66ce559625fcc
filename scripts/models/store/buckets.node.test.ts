import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/digest.ts';
import { ENGINE_VERSION } from '../../../src/engine/simd/pack.ts';
import { hashWithNode } from '../../../src/model/hasher.node.ts';
import { packKey } from '../../../src/model/keys.ts';
import { createStore } from '../../../src/model/store.ts';
import { makePublication } from '../../../test/worker/publications.ts';
import { type Buckets, openBuckets } from '../testing/buckets.ts';
import type { ManagedObjects } from './managed-objects.ts';
import { publishModel } from './publish-model.ts';
import { removeModel } from './remove-model.ts';
import { verifyModel } from './verify-model.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** Of a graph that is some bytes: our engine would refuse it, so it stands for one that is not. */
const pack = ({ graph }: { readonly graph: Uint8Array }): Uint8Array => graph.slice().reverse();

describe.each(['r2', 's3'] as const)('models in a bucket, by %s', (way) => {
  let buckets: Buckets;
  let objects: ManagedObjects;

  beforeAll(async () => {
    buckets = await openBuckets();
    objects = buckets[way];
  });
  afterAll(() => buckets.close());

  async function read(key: string): Promise<string | undefined> {
    const found = await objects.get(key);
    if (!found.ok) expect.fail(JSON.stringify(found.failure));
    if (found.value === undefined) return undefined;
    const content = await new Response(found.value.body).text();
    expect(content.length).toBe(found.value.bytes);
    return content;
  }

  const keys = async (prefix = ''): Promise<readonly string[]> => {
    const listed = await objects.list(prefix, 10_000);
    return listed.ok ? listed.value : expect.fail(JSON.stringify(listed.failure));
  };

  it('reads what it put, and nothing where nothing is', async () => {
    expect(await objects.put('a/b.json', text('first'))).toMatchObject({ ok: true });
    expect(await read('a/b.json')).toBe('first');
    expect(await objects.head('a/b.json')).toEqual({ ok: true, value: 5 });
    await objects.put('a/b.json', text('second'));
    expect(await read('a/b.json')).toBe('second');
    expect(await read('a/c.json')).toBeUndefined();
    expect(await objects.head('a/c.json')).toEqual({ ok: true, value: undefined });
  });

  it('puts once', async () => {
    expect(await objects.putOnce('once', text('1'))).toEqual({ ok: true, value: 'written' });
    expect(await objects.putOnce('once', text('2'))).toEqual({ ok: true, value: 'present' });
    expect(await read('once')).toBe('1');
  });

  it('lets one of many who put once at the same time win', async () => {
    const puts = Array.from({ length: 8 }, (_, i) => objects.putOnce('race', text(`${i}`)));
    const outcomes = (await Promise.all(puts)).map((put) => put.ok && put.value);
    expect(outcomes.filter((outcome) => outcome === 'written')).toHaveLength(1);
    expect(await read('race')).toBe(`${outcomes.indexOf('written')}`);
  });

  it('removes, and is content when there is nothing', async () => {
    await objects.put('gone', text('x'));
    expect(await objects.remove('gone')).toMatchObject({ ok: true });
    expect(await read('gone')).toBeUndefined();
    expect(await objects.remove('gone')).toMatchObject({ ok: true });
  });

  it('lists in order, over more than one page of 1,000', async () => {
    const names = Array.from({ length: 1003 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
    for (let i = 0; i < names.length; i += 20) {
      await Promise.all(names.slice(i, i + 20).map((key) => objects.put(key, text('x'))));
    }
    expect(await keys('many/')).toEqual(names);
    expect(await objects.list('many/', 3)).toEqual({ ok: true, value: names.slice(0, 3) });
    expect(await keys('none/')).toEqual([]);
  });

  it('keeps a 5 MB graph whole', async () => {
    const { graph } = await makePublication('large', 5, 5_000_001);
    await objects.put('large', graph);
    const found = await objects.get('large');
    if (!found.ok || found.value === undefined) expect.fail('it was put');
    const bytes = new Uint8Array(await new Response(found.value.body).arrayBuffer());
    expect(await sha256(bytes)).toBe(await sha256(graph as BufferSource));
  });

  it('publishes a model that the Worker then finds whole, with its pack', async () => {
    const publication = await makePublication('auk', 1);
    const published = await publishModel(objects, publication, pack);
    expect(published).toMatchObject({ ok: true, value: { name: 'auk' } });
    const store = createStore(objects, hashWithNode);
    expect(await store.card({ by: 'name', name: 'auk' })).toMatchObject({ ok: true });
    const verdict = await verifyModel(objects, 'auk', pack);
    if (!verdict.ok) expect.fail(JSON.stringify(verdict.failure));
    expect(verdict.value.sound).toBe(true);
    expect(verdict.value.objects.map(({ state }) => state)).toEqual(Array(5).fill('sound'));
  });

  it.each([
    ['models/auk.json', text('{"name": "auk"}'), 'damaged'],
    ['labels/two.json', text('[]'), 'damaged'],
    ['labels/two.json', undefined, 'missing'],
    ['cards/', text('{}'), 'damaged'],
    ['cards/', undefined, 'missing'],
    ['graphs/', text('short'), 'damaged'],
    ['graphs/', new Uint8Array(50_000), 'damaged'],
    ['graphs/', undefined, 'missing'],
    ['packs/', text('cut'), 'damaged'],
    ['packs/', undefined, 'absent'],
  ] as const)('verify names %s with other content', async (prefix, content, state) => {
    const [key = ''] = await keys(prefix);
    expect(key).not.toBe('');
    if (content === undefined) await objects.remove(key);
    else await objects.put(key, content);
    const verdict = await verifyModel(objects, 'auk', pack);
    if (!verdict.ok) expect.fail(JSON.stringify(verdict.failure));
    expect(verdict.value.sound).toBe(state === 'absent');
    expect(verdict.value.objects.find((object) => object.key === key)?.state).toBe(state);
    // A damaged copy by digest stays until it is removed: it is written once.
    if (prefix === 'cards/') await objects.remove(key);
    await publishModel(objects, await makePublication('auk', 1), pack);
    const repaired = await verifyModel(objects, 'auk', pack);
    expect(repaired).toMatchObject({ ok: true, value: { sound: true } });
  });

  it('removes a model with all that it superseded, but nothing that another needs', async () => {
    await publishModel(objects, await makePublication('auk', 2), pack);
    await publishModel(objects, await makePublication('gull', 2), pack);
    const shared = (await makePublication('gull', 2)).card.graph;
    const removed = await removeModel(objects, 'auk');
    if (!removed.ok) expect.fail(JSON.stringify(removed.failure));
    expect(removed.value.keys).toHaveLength(4);
    expect(removed.value.kept).toHaveLength(4);
    expect(removed.value.keys[0]).toBe('models/auk.json');
    expect(await keys('models/')).toEqual(['models/gull.json']);
    expect(await keys('graphs/')).toEqual([`graphs/${shared}.onnx`]);
    expect(await keys('packs/')).toEqual([packKey(shared, ENGINE_VERSION)]);
    expect(await keys('labels/')).toEqual(['labels/two.json']);
    expect(await verifyModel(objects, 'gull', pack)).toMatchObject({ value: { sound: true } });
    expect(await removeModel(objects, 'auk')).toMatchObject({ failure: { code: 'unknown_model' } });
    expect(await removeModel(objects, 'gull')).toMatchObject({ ok: true });
    const left = ['graphs/', 'packs/', 'cards/', 'labels/', 'models/', 'removing/'];
    for (const prefix of left) expect(await keys(prefix)).toEqual([]);
  });

  it('ends a removal that was interrupted at its n-th step', async () => {
    let steps = 0;
    for (let n = 1; ; n++) {
      await publishModel(objects, await makePublication('auk', 3), pack);
      let calls = 0;
      const failing = { ok: false, failure: { code: 'model_unavailable', detail: 'cut' } } as const;
      const cut: ManagedObjects = {
        ...objects,
        remove: async (key) => (++calls === n ? failing : objects.remove(key)),
      };
      const first = await removeModel(cut, 'auk');
      if (first.ok) break;
      steps = n;
      expect(await removeModel(objects, 'auk')).toMatchObject({ ok: true });
      for (const prefix of ['graphs/', 'packs/', 'cards/', 'labels/', 'models/', 'removing/']) {
        expect(await keys(prefix), `after a cut at ${n}`).toEqual([]);
      }
    }
    expect(steps).toBe(6);
  });
});
