import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { sha256 } from '../digest.ts';
import type { InboundEvent } from './inbound.ts';
import { verifyInbound } from './inbound.ts';
import {
  EVENT_IMAGES_MAX,
  IMAGE_URL_CHARS_MAX,
  MESSAGE_ID_CHARS_MAX,
  METADATA_CHARS_MAX,
  PAYLOAD_DEPTH_MAX,
} from './limits.ts';
import { parseLocator } from './locator.ts';
import type { SignedSource } from './source.ts';
import { parseSources } from './source.ts';

const TOKEN = 'a-token-that-is-long-enough';
const NOW_MS = 1_700_000_000_123;

async function makeSource(change: Readonly<Record<string, unknown>> = {}): Promise<SignedSource> {
  const setting = {
    cms: { scheme: 'bearer', secrets: ['TOKEN'], images: '$.images[*].url', ...change },
  };
  const parsed = await parseSources(JSON.stringify(setting), {
    readSecret: () => TOKEN,
    policy: {},
  });
  const source = parsed.ok ? parsed.value.get('cms') : undefined;
  if (source?.kind !== 'signed') throw new Error(JSON.stringify(parsed));
  return source;
}

const encode = (text: string) => new Uint8Array(new TextEncoder().encode(text));

/** The event, or the code of why there is none. */
async function receive(
  change: Readonly<Record<string, unknown>>,
  payload: unknown,
  headers: ReadonlyArray<readonly [string, string]> = [],
): Promise<InboundEvent | string> {
  const body =
    payload instanceof Uint8Array ? new Uint8Array(payload) : encode(JSON.stringify(payload));
  const fields = [['authorization', `Bearer ${TOKEN}`] as const, ...headers];
  const event = await verifyInbound(await makeSource(change), fields, body, NOW_MS);
  return event.ok ? event.value : event.failure.code;
}

const A = 'https://images.example.com/a.jpg';
const B = 'https://images.example.com/b.jpg';
const two = { images: [{ url: A }, { url: B }] };
const one = { images: [{ url: A }] };

describe('an event', () => {
  it('is read from where the source says', async () => {
    const payload = { ...two, id: 'evt_1', asset: { id: 7, tags: ['x'] }, none: null };
    const event = await receive(
      {
        id: '/id',
        metadata: { asset: '/asset/id', tags: '$.asset.tags', none: '/none', no: '/x' },
      },
      payload,
    );
    expect(event).toEqual({
      source: 'cms',
      messageId: 'evt_1',
      bodySha256: await sha256(encode(JSON.stringify(payload))),
      images: [
        { url: A, id: undefined },
        { url: B, id: undefined },
      ],
      model: undefined,
      metadata: { asset: 7, tags: ['x'] },
    });
  });

  it.each<readonly [string, Readonly<Record<string, unknown>>, unknown, readonly string[]]>([
    ['a pointer', { images: '/images/1/url' }, two, [B]],
    ['several places', { images: ['/images/1/url', '/cover'] }, { ...two, cover: A }, [B, A]],
    ['a filter', { images: "$.f[?@.type=='image'].u" }, { f: [{ type: 'image', u: A }, {}] }, [A]],
    ['any depth', { images: '$..url' }, { deep: { deeper: one } }, [A]],
    ['an escaped name', { images: '/a~1b/m~0n' }, { 'a/b': { 'm~n': A } }, [A]],
    ['a place that is missing beside one that is not', { images: ['/x', '/y'] }, { y: A }, [A]],
  ])('names its pictures by %s', async (_how, change, payload, urls) => {
    expect(await receive(change, payload)).toMatchObject({ images: urls.map((url) => ({ url })) });
  });

  it('names pictures by things that have an id each', async () => {
    const images = { each: '$.files[*]', url: '/src', id: '/key' };
    const files = [
      { key: 'a', src: A },
      { key: 2, src: B },
    ];
    expect(await receive({ images }, { files })).toMatchObject({
      images: [
        { url: A, id: 'a' },
        { url: B, id: '2' },
      ],
    });
    expect(await receive({ images }, { files: [{ src: A }] })).toBe('bad_image_reference');
    expect(await receive({ images }, { files: [{ key: 'a' }] })).toBe('bad_image_reference');
  });

  it('may name a model, where its source says so', async () => {
    const source = { model: 'own', model_at: '/model' };
    expect(await receive(source, { ...one, model: 'other' })).toMatchObject({ model: 'other' });
    expect(await receive(source, one)).toMatchObject({ model: 'own' });
    expect(await receive({ model: 'own' }, { ...one, model: 'other' })).toMatchObject({
      model: 'own',
    });
    expect(await receive(source, { ...one, model: '../x' })).toBe('bad_event_model');
    expect(await receive(source, { ...one, model: 7 })).toBe('bad_event_model');
  });

  const deep = (depth: number): unknown => (depth === 0 ? one : { d: deep(depth - 1) });
  // `one` itself is three deep: object, array, object.
  const within = PAYLOAD_DEPTH_MAX - 3;
  const many = (count: number) => ({ images: Array.from({ length: count }, () => ({ url: A })) });
  const long = (chars: number) => ({ images: [{ url: A.padEnd(chars, 'x') }] });
  const noted = (chars: number) => ({ ...one, m: 'x'.repeat(chars - '{"m":""}'.length) });
  const named = (chars: number) => ({ ...one, id: 'i'.repeat(chars) });

  it.each<readonly [string, Readonly<Record<string, unknown>>, unknown, string]>([
    ['no JSON', {}, encode('{'), 'bad_json'],
    ['nothing', {}, new Uint8Array(), 'bad_json'],
    ['not UTF-8', {}, Uint8Array.of(0x22, 0xff, 0x22), 'bad_json'],
    ['no picture', {}, { images: [] }, 'no_image'],
    ['nothing at all', {}, null, 'no_image'],
    ['no text', {}, { images: [{ url: 7 }] }, 'bad_image_reference'],
    ['an empty text', {}, { images: [{ url: '' }] }, 'bad_image_reference'],
    ['one that is no text', {}, { images: [{ url: A }, { url: {} }] }, 'bad_image_reference'],
    ['as many pictures as may be', {}, many(EVENT_IMAGES_MAX), 'ok'],
    ['one more', {}, many(EVENT_IMAGES_MAX + 1), 'too_many_images'],
    ['more in two places', { images: ['$..url', '$..url'] }, many(9), 'too_many_images'],
    ['the longest URL', {}, long(IMAGE_URL_CHARS_MAX), 'ok'],
    ['a longer one', {}, long(IMAGE_URL_CHARS_MAX + 1), 'bad_image_reference'],
    ['the deepest payload', { images: '$..url' }, deep(within), 'ok'],
    ['a deeper one', { images: '$..url' }, deep(within + 1), 'payload_too_deep'],
    ['a very deep one', {}, encode(`${'['.repeat(5e5)}${']'.repeat(5e5)}`), 'payload_too_deep'],
    ['the longest metadata', { metadata: { m: '/m' } }, noted(METADATA_CHARS_MAX), 'ok'],
    ['longer', { metadata: { m: '/m' } }, noted(METADATA_CHARS_MAX + 1), 'metadata_too_large'],
    ['the longest id', { id: '/id' }, named(MESSAGE_ID_CHARS_MAX), 'ok'],
    ['a longer id', { id: '/id' }, named(MESSAGE_ID_CHARS_MAX + 1), 'bad_event_id'],
    ['no id', { id: '/id' }, one, 'bad_event_id'],
    ['an id that is a fraction', { id: '/id' }, { ...one, id: 1.5 }, 'bad_event_id'],
    ['an id that is a number', { id: '/id' }, { ...one, id: 42 }, 'ok'],
  ])('with %s is judged', async (_what, change, payload, verdict) => {
    const event = await receive(change, payload);
    expect(typeof event === 'string' ? event : 'ok').toBe(verdict);
  });

  it('has the id of its payload, else of its header, else of its bytes', async () => {
    const header = ['webhook-id', 'msg_h'] as const;
    const payload = { ...one, id: 'evt' };
    expect(await receive({ id: '/id' }, payload, [header])).toMatchObject({ messageId: 'evt' });
    expect(await receive({}, payload, [header])).toMatchObject({ messageId: 'msg_h' });
    const digest = await sha256(encode(JSON.stringify(payload)));
    expect(await receive({}, payload)).toMatchObject({ messageId: `sha256-${digest}` });
  });

  it('is not read before it is proved', async () => {
    const source = await makeSource();
    const event = await verifyInbound(
      source,
      [['authorization', 'Bearer no']],
      encode('{'),
      NOW_MS,
    );
    expect(event).toEqual({ ok: false, failure: { code: 'signature_mismatch' } });
  });

  it('is a value or a code for any JSON and any path', async () => {
    const path = fc.constantFrom('$..*', '$..url', '/0', '/images/0', '$[*][*]', '$[?@.a>1]', '/');
    await fc.assert(
      fc.asyncProperty(path, fc.jsonValue({ maxDepth: 6 }), async (images, payload) => {
        const event = await receive({ images, id: images, metadata: { m: images } }, payload);
        if (typeof event !== 'string') expect(event.images.length).toBeGreaterThan(0);
        else expect(event).toMatch(/^[a-z]+_[a-z_]+$/);
      }),
    );
  });
});

describe('a place in a payload', () => {
  it('is a value or a reason for any text', () => {
    const unit = fc.constantFrom(...'/$.[]*?@~\'"01aé()&|=<>:, -');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const locator = parseLocator(text);
        if (!locator.ok) expect(locator.failure).not.toBe('');
        else expect(Array.isArray(locator.value.find({ a: [1, { a: 2 }] }, 3))).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });
});
