import { describe, expect, it } from 'vitest';
import { readBody } from './body.ts';
import { parseCacheControl } from './cache-directives.ts';
import { verifyContentDigest } from './content-digest.ts';
import { parseParameters } from './parameters.ts';

function post(body: BodyInit, headers: Record<string, string> = {}): Request {
  return new Request('http://x/', { method: 'POST', body, headers });
}

/** A body without a declared length, in pieces of the given sizes. */
function pieces(sizes: readonly number[]): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start(controller) {
      for (const n of sizes) controller.enqueue(new Uint8Array(n).fill(n & 255));
      controller.close();
    },
  });
}

describe('reading a body', () => {
  it('takes exactly the limit', async () => {
    const read = await readBody(post(new Uint8Array(100)), 100);
    expect(read.ok && read.value.length).toBe(100);
  });

  it.each([
    ['a declared length', post(new Uint8Array(101))],
    ['a stream that declares none', post(pieces([60, 41]))],
  ])('refuses one byte more, by %s', async (_name, request) => {
    expect(await readBody(request, 100)).toEqual({
      ok: false,
      failure: { code: 'body_too_large', bytesMax: 100 },
    });
  });

  it('fills one buffer of the declared length', async () => {
    const body = new Uint8Array(300_000).map((_, i) => i % 251);
    const read = await readBody(post(body, { 'content-length': '300000' }), 1_000_000);
    expect(read).toEqual({ ok: true, value: body });
    const none = await readBody(post(new Uint8Array(0), { 'content-length': '0' }), 100);
    expect(none).toEqual({ ok: true, value: new Uint8Array(0) });
  });

  it('that is shorter than declared is incomplete', async () => {
    expect(await readBody(post(new Uint8Array(99), { 'content-length': '100' }), 100)).toEqual({
      ok: false,
      failure: { code: 'body_incomplete' },
    });
  });

  it('joins a stream of any pieces', async () => {
    const sizes = [1, 70_000, 3, 140_000];
    const read = await readBody(post(pieces(sizes)), 1_000_000);
    expect(read.ok && read.value.length).toBe(210_004);
    expect(
      read.ok && [read.value[0], read.value[1], read.value[70_001], read.value[70_004]],
    ).toEqual([1, 70_000 & 255, 3, 140_000 & 255]);
  });

  it('says so when the sender goes away', async () => {
    const broken = new ReadableStream<Uint8Array>({
      pull(controller) {
        controller.error(new Error('gone'));
      },
    });
    expect(await readBody(post(broken), 100)).toEqual({
      ok: false,
      failure: { code: 'body_incomplete' },
    });
  });

  it('refuses a compressed body', async () => {
    expect(await readBody(post('x', { 'content-encoding': 'gzip' }), 100)).toMatchObject({
      failure: { code: 'unsupported_content_encoding', saw: 'gzip' },
    });
  });
});

describe('Cache-Control of a request', () => {
  it.each([
    [undefined, { read: true, write: true, only: false }],
    ['no-cache', { read: false, write: true, only: false }],
    ['max-age=0', { read: false, write: true, only: false }],
    ['No-Store', { read: true, write: false, only: false }],
    ['only-if-cached, no-store', { read: true, write: false, only: true }],
    ['max-age=60', { read: true, write: true, only: false }],
  ])('%s', (header, wish) => {
    expect(parseCacheControl(header)).toEqual(wish);
  });
});

describe('Content-Digest', () => {
  // The example of RFC 9530, section 2: {"hello": "world"} and a newline.
  const BODY = new TextEncoder().encode('{"hello": "world"}\n');
  const SHA256 = 'RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=';

  it.each([
    ['absent', undefined, undefined],
    ['right', `sha-256=:${SHA256}:`, undefined],
    ['right beside an unknown one', `unixsum=:AAA=:, sha-256=:${SHA256}:`, undefined],
    ['wrong', `sha-256=:${SHA256.replace('RK', 'RL')}:`, 'content_digest_mismatch'],
    ['not a dictionary', SHA256, 'bad_content_digest'],
    ['empty', '', 'bad_content_digest'],
  ])('%s', async (_name, header, code) => {
    const verdict = await verifyContentDigest(header, BODY);
    expect(verdict.ok ? undefined : verdict.failure.code).toBe(code);
  });
});

describe('parameters', () => {
  it('has defaults', () => {
    expect(parseParameters({})).toEqual({
      ok: true,
      value: { top_k: 5, min_score: 0, logits: false },
    });
  });

  it('takes numbers and their spelling', () => {
    expect(parseParameters({ model: 'm', top_k: '1000', min_score: 0.5 })).toEqual({
      ok: true,
      value: { model: 'm', top_k: 1000, min_score: 0.5, logits: false },
    });
  });

  it.each([
    ['top_k', '0'],
    ['top_k', '1001'],
    ['top_k', ''],
    ['top_k', '1e1'],
    ['top_k', '2.5'],
    ['top_k', Number.NaN],
    ['top_k', null],
    ['min_score', '1.01'],
    ['min_score', '-0.1'],
    ['model', ''],
    ['model', 'x'.repeat(201)],
    ['topk', '3'],
    ['engine', 'gpu'],
    ['logits', 'yes'],
    ['timeout_ms', '9'],
    ['timeout_ms', '60001'],
  ])('refuses %s=%s and names it', (name, value) => {
    expect(parseParameters({ [name]: value })).toMatchObject({
      ok: false,
      failure: { code: 'bad_parameter', name },
    });
  });
});
