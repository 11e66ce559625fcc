import { env } from 'cloudflare:workers';
import { beforeEach, describe, expect, it } from 'vitest';
import { withFaults } from '../../test/worker/faulty-objects.ts';
import { makePublication } from '../../test/worker/publications.ts';
import { sha256 } from '../digest.ts';
import { hashWithDigestStream } from './digest-stream.ts';
import { cardKey, graphKey, labelsKey, modelKey } from './keys.ts';
import { DOCUMENT_BYTES_MAX } from './limits.ts';
import { type Publication, publish } from './publish.ts';
import { createR2Objects } from './r2.ts';
import { createStore, type GraphFault } from './store.ts';

const bucket = (env as { readonly BUCKET: R2Bucket }).BUCKET;
const objects = createR2Objects(bucket);
const store = createStore(objects, hashWithDigestStream);

let auk: Publication;

beforeEach(async () => {
  const { objects: left } = await bucket.list();
  await bucket.delete(left.map((object) => object.key));
  auk = await makePublication('auk', 1);
  expect(await publish(objects, auk)).toEqual({ ok: true, value: auk.card });
});

describe('what is published', () => {
  it('is found by name, by digest, and by both', async () => {
    const { graph } = auk.card;
    for (const reference of [
      { by: 'name', name: 'auk' },
      { by: 'digest', graph },
      { by: 'digest', graph, name: 'auk' },
    ] as const) {
      expect(await store.card(reference)).toEqual({ ok: true, value: auk.card });
    }
    expect(await store.labels('two')).toEqual({ ok: true, value: auk.labels });
  });

  it('is not found under another name, even with its digest', async () => {
    const { graph } = auk.card;
    for (const reference of [
      { by: 'name', name: 'gull' },
      { by: 'digest', graph, name: 'gull' },
      { by: 'digest', graph: await sha256(new Uint8Array(1)) },
    ] as const) {
      expect(await store.card(reference)).toMatchObject({ failure: { code: 'unknown_model' } });
    }
  });

  it('is listed, a damaged card failing alone', async () => {
    await publish(objects, await makePublication('gull', 2));
    await bucket.put(modelKey('broken'), '{');
    const listed = await store.cards();
    const states = listed.ok ? listed.value.map(({ name, card }) => [name, card.ok]) : [];
    expect(states).toEqual([
      ['auk', true],
      ['broken', false],
      ['gull', true],
    ]);
  });

  it('a second graph supersedes the first, which stays addressable', async () => {
    const next = await makePublication('auk', 2);
    const published = await publish(objects, next);
    expect(published).toMatchObject({ value: { supersedes: auk.card.graph } });
    const old = await store.card({ by: 'digest', graph: auk.card.graph });
    expect(old).toEqual({ ok: true, value: auk.card });
  });

  it('a corrected card of the same graph keeps the line of graphs', async () => {
    const next = await makePublication('auk', 2);
    await publish(objects, next);
    const corrected = { ...next, card: { ...next.card, licence: 'MIT' } };
    const published = await publish(objects, corrected);
    expect(published).toMatchObject({ value: { supersedes: auk.card.graph, licence: 'MIT' } });
  });
});

describe('stored documents that are not what they should be', () => {
  const CASES: ReadonlyArray<readonly [name: string, text: () => string]> = [
    ['no JSON', () => 'card'],
    ['cut JSON', () => JSON.stringify(auk.card).slice(0, -1)],
    ['null', () => 'null'],
    ['a field of the wrong type', () => JSON.stringify({ ...auk.card, bytes: '50000' })],
    ['a field that nobody knows', () => JSON.stringify({ ...auk.card, colour: 'black' })],
    ['the card of another model', () => JSON.stringify({ ...auk.card, name: 'gull' })],
    ['more bytes than a card may have', () => ' '.repeat(DOCUMENT_BYTES_MAX + 1)],
  ];

  it.each(CASES)('%s is model_invalid', async (_name, text) => {
    await bucket.put(modelKey('auk'), text());
    const read = await store.card({ by: 'name', name: 'auk' });
    expect(read).toMatchObject({ failure: { code: 'model_invalid' } });
  });

  it('a card of exactly the greatest size is read', async () => {
    const text = JSON.stringify(auk.card);
    await bucket.put(modelKey('auk'), text + ' '.repeat(DOCUMENT_BYTES_MAX - text.length));
    expect(await store.card({ by: 'name', name: 'auk' })).toMatchObject({ ok: true });
  });

  it('a swapped card under a digest is model_invalid', async () => {
    const other = await makePublication('auk', 2);
    await bucket.put(cardKey(auk.card.graph), JSON.stringify(other.card));
    const read = await store.card({ by: 'digest', graph: auk.card.graph });
    expect(read).toMatchObject({ failure: { code: 'model_invalid' } });
  });

  it('a missing or foreign label list is model_invalid', async () => {
    expect(await store.labels('none')).toMatchObject({ failure: { code: 'model_invalid' } });
    await bucket.put(labelsKey('none'), JSON.stringify(auk.labels));
    expect(await store.labels('none')).toMatchObject({ failure: { code: 'model_invalid' } });
  });
});

describe('a graph', () => {
  async function readGraph(): Promise<readonly [Uint8Array | undefined, GraphFault | undefined]> {
    const source = store.graph(auk.card);
    const opened = await source.open();
    if (!opened.ok) return [undefined, source.fault()];
    const bytes = await new Response(opened.value).bytes().catch(() => undefined);
    return [bytes, source.fault()];
  }

  it('comes as it was published', async () => {
    expect(await readGraph()).toEqual([auk.graph, undefined]);
  });

  const DAMAGES: ReadonlyArray<
    readonly [name: string, damage: (key: string) => Promise<unknown>, fault: GraphFault]
  > = [
    ['missing', (key) => bucket.delete(key), 'missing'],
    ['cut', (key) => bucket.put(key, auk.graph.slice(0, -1)), 'length'],
    [
      'flipped',
      (key) =>
        bucket.put(
          key,
          auk.graph.map((byte, i) => (i ? byte : 1)),
        ),
      'digest',
    ],
    ['empty', (key) => bucket.put(key, ''), 'length'],
    [
      'swapped for another of its size',
      async (key) => bucket.put(key, (await makePublication('auk', 2)).graph),
      'digest',
    ],
  ];

  it.each(DAMAGES)('%s never reads to its end', async (_name, damage, fault) => {
    await damage(graphKey(auk.card.graph));
    expect(await readGraph()).toEqual([undefined, fault]);
  });

  it('is repaired by publishing it again', async () => {
    await bucket.put(graphKey(auk.card.graph), 'damaged');
    await publish(objects, auk);
    expect(await readGraph()).toEqual([auk.graph, undefined]);
  });
});

describe('publish', () => {
  it('refuses what does not belong together, and writes nothing', async () => {
    const gull = await makePublication('gull', 3);
    const wrong: ReadonlyArray<readonly [Publication, string]> = [
      [{ ...gull, graph: gull.graph.slice(1) }, 'model_damaged'],
      [{ ...gull, graph: auk.graph }, 'model_damaged'],
      [{ ...gull, card: { ...gull.card, classes: 3 } }, 'model_invalid'],
      [{ ...gull, labels: { ...gull.labels, name: 'three' } }, 'model_invalid'],
      [{ ...gull, card: { ...gull.card, name: 'No name' } }, 'model_invalid'],
    ];
    for (const [publication, code] of wrong) {
      expect(await publish(objects, publication)).toMatchObject({ failure: { code } });
    }
    const keys = (await bucket.list()).objects.map((object) => object.key);
    expect(keys.filter((key) => key.includes('gull') || key.includes(gull.card.graph))).toEqual([]);
  });

  it('whichever call fails, the old model serves whole; done again, the new one', async () => {
    const next = await makePublication('auk', 2);
    const faulty = withFaults(objects);
    let failures = 0;
    for (let n = 1; ; n++) {
      faulty.failAt(n);
      const published = await publish(faulty, next);
      faulty.failAt(0);
      if (published.ok) break;
      failures++;
      expect(published.failure.code).toBe('model_unavailable');
      const served = await store.card({ by: 'name', name: 'auk' });
      expect(served).toEqual({ ok: true, value: auk.card });
    }
    expect(failures).toBe(5);
    const served = await store.card({ by: 'name', name: 'auk' });
    expect(served).toMatchObject({ value: { graph: next.card.graph } });
  });
});
