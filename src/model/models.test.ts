import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { withFaults } from '../../test/worker/faulty-objects.ts';
import { makePublication } from '../../test/worker/publications.ts';
import { createSlowEngine } from '../../test/worker/slow-engine.ts';
import type { ModelCard } from './card.ts';
import { hashWithDigestStream } from './digest-stream.ts';
import { graphKey, modelKey } from './keys.ts';
import { createModels, type Models } from './models.ts';
import { type Publication, publish } from './publish.ts';
import { createR2Objects } from './r2.ts';
import { createStore } from './store.ts';

const bucket = (env as { readonly BUCKET: R2Bucket }).BUCKET;
const objects = createR2Objects(bucket);
const TENSOR = { data: new Float32Array(3072), shape: [1, 3, 32, 32] } as const;
const REFRESH_MS = 60_000;

const old = await makePublication('auk', 1);
const next = await makePublication('auk', 2);

/** A new isolate: it remembers nothing. */
function startIsolate() {
  let now = 1_000_000;
  const store = withFaults(objects);
  const engine = createSlowEngine((facts) => facts.bytes * 3);
  const models = createModels({
    store: createStore(store, hashWithDigestStream),
    engine,
    residentBytesMax: 1_000_000,
    clock: () => now,
    refreshMs: REFRESH_MS,
    keepAlive: (work) => void work,
    aliases: new Map([
      ['some/auk', 'auk'],
      ['an/alias', 'some/auk'],
      ['some/first', `auk@sha256:${old.card.graph}`],
    ]),
  });
  const advance = (ms: number): void => {
    now += ms;
  };
  return { models, engine, store, advance };
}

/** Classifies once, and answers the graph that did, or the failure's code. */
async function serve(models: Models, reference = 'auk'): Promise<string> {
  const found = await models.find(reference);
  if (!found.ok) return found.failure.code;
  const ready = await models.session(found.value);
  if (!ready.ok) return ready.failure.code;
  const ran = await ready.value.run(TENSOR);
  ready.value.release();
  if (!ran.ok) return ran.failure.code;
  // The engine's scores are the graph's first bytes: the card and the session belong together.
  const graph = [old, next].find(({ card }) => card.graph === ready.value.card.graph);
  expect([...ran.value]).toEqual([...(graph?.graph.slice(0, 2) ?? [])]);
  return ready.value.card.graph;
}

async function damage(publication: Publication): Promise<void> {
  await bucket.put(graphKey(publication.card.graph), publication.graph.slice(5));
}

beforeEach(async () => {
  const { objects: left } = await bucket.list();
  await bucket.delete(left.map((object) => object.key));
  await publish(objects, old);
});

describe('models', () => {
  it('an alias serves what its model does, by name or by digest, and is no chain', async () => {
    const { models, advance } = startIsolate();
    await publish(objects, next);
    advance(REFRESH_MS);
    expect(await serve(models, 'some/auk')).toBe(next.card.graph);
    expect(await serve(models, 'some/first')).toBe(old.card.graph);
    expect(await serve(models, 'an/alias')).toBe('bad_model_name');
    expect((await models.health('some/auk')).state).toBe('ready');
  });

  it('a name serves what is published now, a digest its own graph', async () => {
    const { models, advance } = startIsolate();
    expect(await serve(models)).toBe(old.card.graph);
    await publish(objects, next);
    expect(await serve(models)).toBe(old.card.graph);
    advance(REFRESH_MS);
    expect(await serve(models)).toBe(next.card.graph);
    expect(await serve(models, old.card.graph)).toBe(old.card.graph);
    expect(await serve(models, `auk@sha256:${old.card.graph}`)).toBe(old.card.graph);
    expect(await models.health('auk')).toEqual({ state: 'ready', graph: next.card.graph });
  });

  it('concurrent first requests load once and look at the card few times', async () => {
    const { models, engine } = startIsolate();
    const served = await Promise.all(Array.from({ length: 10 }, () => serve(models)));
    expect(new Set(served)).toEqual(new Set([old.card.graph]));
    expect(engine.log.loads).toBe(1);
    expect(models.resident(old.card.graph)).toBe(true);
  });

  it('a warm isolate asks the store nothing until the card is old', async () => {
    const { models, store, advance } = startIsolate();
    await serve(models);
    await models.labels(old.card);
    const before = store.calls();
    advance(REFRESH_MS - 1);
    await serve(models);
    await models.labels(old.card);
    expect(store.calls()).toBe(before);
    advance(1);
    await serve(models);
    expect(store.calls()).toBe(before + 1);
  });

  it('says what is not there', async () => {
    const { models } = startIsolate();
    expect(await serve(models, 'gull')).toBe('unknown_model');
    expect(await models.find('resnet34_8xb32_in1k')).toEqual({
      ok: false,
      failure: {
        code: 'model_not_added',
        name: 'resnet34_8xb32_in1k',
        command: 'npm run models -- add resnet34_8xb32_in1k',
      },
    });
    expect(await serve(models, 'No name')).toBe('bad_model_name');
    const health = await models.health('gull');
    expect(health).toEqual({ state: 'absent', code: 'unknown_model', detail: 'gull' });
  });

  it('an unpublished model is gone when the card is looked at again', async () => {
    const { models, advance } = startIsolate();
    await serve(models);
    await bucket.delete(modelKey('auk'));
    advance(REFRESH_MS);
    expect(await serve(models)).toBe('unknown_model');
  });

  it('labels of another length than the scores are model_invalid', async () => {
    const { models } = startIsolate();
    const card: ModelCard = { ...old.card, classes: 3 };
    expect(await models.labels(card)).toMatchObject({ failure: { code: 'model_invalid' } });
    expect(await models.labels(old.card)).toMatchObject({ ok: true });
  });
});

describe('when the newest graph is damaged', () => {
  const DEGRADED = { state: 'degraded', graph: old.card.graph, code: 'model_damaged' };

  it.each([
    ['an isolate that served the last good one goes on with it', true],
    ['a new isolate falls back on the one that it supersedes', false],
  ])('%s', async (_name, warm) => {
    const { models, advance } = startIsolate();
    if (warm) await serve(models);
    await publish(objects, next);
    await damage(next);
    advance(REFRESH_MS);
    expect(await serve(models)).toBe(old.card.graph);
    expect(await models.health('auk')).toMatchObject(DEGRADED);
    // From now on the card that is found is the one that serves: its cache entries are hit.
    expect(await models.find('auk')).toMatchObject({ value: { card: { graph: old.card.graph } } });
  });

  it('it is not read again for a while, then it is, and health tells until it serves', async () => {
    const { models, store, advance } = startIsolate();
    await publish(objects, next);
    await damage(next);
    await serve(models);
    const before = store.calls();
    await serve(models);
    expect(store.calls()).toBe(before);
    await publish(objects, next);
    expect(await serve(models)).toBe(old.card.graph);
    advance(REFRESH_MS);
    expect((await models.health('auk')).state).toBe('degraded');
    expect(await serve(models)).toBe(next.card.graph);
    expect(await models.health('auk')).toEqual({ state: 'ready', graph: next.card.graph });
  });

  it('whoever asks for it by digest gets the failure and nothing else', async () => {
    const { models } = startIsolate();
    await publish(objects, next);
    await damage(next);
    expect(await serve(models, next.card.graph)).toBe('model_damaged');
    expect(await serve(models, `auk@sha256:${next.card.graph}`)).toBe('model_damaged');
  });

  it('without an older one it is model_damaged, and the isolate lives', async () => {
    const { models, store, advance } = startIsolate();
    await damage(old);
    expect(await serve(models)).toBe('model_damaged');
    const before = store.calls();
    expect(await serve(models)).toBe('model_damaged');
    expect(store.calls()).toBe(before);
    await publish(objects, old);
    advance(REFRESH_MS);
    expect(await serve(models)).toBe(old.card.graph);
  });

  it('a missing, a swapped and a refused one are the same to the caller', async () => {
    await publish(objects, next);
    const key = graphKey(next.card.graph);
    await bucket.delete(key);
    expect(await serve(startIsolate().models)).toBe(old.card.graph);
    await bucket.put(key, old.graph);
    expect(await serve(startIsolate().models)).toBe(old.card.graph);
    await bucket.put(key, next.graph);
    const { models, engine } = startIsolate();
    engine.failNextLoad({ code: 'graph_refused', reason: 'operator Foo' });
    expect(await serve(models)).toBe(old.card.graph);
    expect(await models.health('auk')).toMatchObject({ code: 'model_invalid' });
  });

  it('an engine that fails is no reason to serve an older graph', async () => {
    const { models, engine } = startIsolate();
    await publish(objects, next);
    engine.failNextLoad({ code: 'engine_failed', reason: 'away' });
    expect(await serve(models)).toBe('engine_failed');
    expect(await serve(models)).toBe(next.card.graph);
  });
});

describe('when the store or the card is not what it should be', () => {
  it.each([
    ['a broken card', () => bucket.put(modelKey('auk'), '{'), 'model_invalid'],
    ['an empty card', () => bucket.put(modelKey('auk'), ''), 'model_invalid'],
  ])('%s: the last good one serves, and health tells', async (_name, spoil, code) => {
    const { models, advance } = startIsolate();
    await serve(models);
    await spoil();
    advance(REFRESH_MS);
    expect(await serve(models)).toBe(old.card.graph);
    expect(await models.health('auk')).toMatchObject({ state: 'degraded', code });
    expect(await serve(startIsolate().models)).toBe(code);
    await publish(objects, old);
    advance(REFRESH_MS);
    expect(await serve(models)).toBe(old.card.graph);
    expect((await models.health('auk')).state).toBe('ready');
  });

  it('a store that is away stops no warm isolate, and a cold one only for the time', async () => {
    const { models, store, advance } = startIsolate();
    await serve(models);
    store.failAt('every');
    advance(REFRESH_MS);
    expect(await serve(models)).toBe(old.card.graph);
    expect(await models.health('auk')).toMatchObject({ code: 'model_unavailable' });
    const cold = startIsolate();
    cold.store.failAt('every');
    expect(await serve(cold.models)).toBe('model_unavailable');
    cold.store.failAt(0);
    expect(await serve(cold.models)).toBe(old.card.graph);
  });

  it('whichever call fails, the failure is typed and the next request is served', async () => {
    await publish(objects, next);
    let failures = 0;
    for (let n = 1; ; n++) {
      const { models, store } = startIsolate();
      store.failAt(n);
      const served = await serve(models);
      store.failAt(0);
      if (served === next.card.graph) break;
      failures++;
      // The graph could not be read: the one that it supersedes stands in.
      expect(['model_unavailable', old.card.graph]).toContain(served);
      expect([old.card.graph, next.card.graph]).toContain(await serve(models));
    }
    expect(failures).toBe(2);
  });
});
