import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Body, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

interface Answer {
  readonly model_digest: string;
  readonly image: { sha256: string; width: number; height: number; format: string };
  readonly predictions: ReadonlyArray<{ label: string; class_id: number; score: number }>;
  readonly pred_class: string;
  readonly run: { engine: string; place: string; cache: string; cache_key?: string };
}

const BOATS = readSample('boats.jpg');
const CHELSEA = readSample('chelsea.png');
const digestOf = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A JPEG with one more comment: other bytes, the same pixels. */
function withComment(jpeg: Uint8Array, text: string): Uint8Array<ArrayBuffer> {
  const comment = Buffer.from(text);
  const marker = Buffer.from([0xff, 0xfe, 0, comment.length + 2]);
  return new Uint8Array(Buffer.concat([jpeg.subarray(0, 2), marker, comment, jpeg.subarray(2)]));
}

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

function classify(body: Body, headers: Record<string, string> = {}, query = ''): Promise<Response> {
  return service.fetch(`/v1/classify${query}`, { method: 'POST', body, headers });
}

async function answerOf(response: Response): Promise<Answer> {
  expect(response.status, await response.clone().text()).toBe(200);
  return (await response.json()) as Answer;
}

async function codeOf(response: Response): Promise<string> {
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  const { code, status, request_id: id } = (await response.json()) as Record<string, unknown>;
  expect(status).toBe(response.status);
  expect(id).toBe(response.headers.get('x-request-id'));
  return String(code);
}

describe('a photograph over HTTP', () => {
  it.each([
    ['a JPEG', BOATS, 'ship', 1024, 'jpeg'],
    ['a PNG', CHELSEA, 'cat', 451, 'png'],
  ])('%s gets its right class', async (_name, bytes, label, width, format) => {
    const answer = await answerOf(await classify(bytes, {}, '?top_k=3'));
    expect(answer.predictions[0]?.label).toBe(label);
    expect(answer.pred_class).toBe(label);
    expect(answer.predictions).toHaveLength(3);
    expect(answer.image).toMatchObject({ sha256: digestOf(bytes), width, format });
    expect(answer.run).toMatchObject({ engine: expect.any(String), place: 'edge' });
  });

  it('is a hit the second time, and the answer is the same', async () => {
    const bytes = withComment(BOATS, 'twice');
    const first = await classify(bytes, { 'cache-control': 'no-cache' });
    const second = await classify(bytes);
    expect(first.headers.get('cache-status')).toBe('razorbill; fwd=request; stored');
    expect(second.headers.get('cache-status')).toContain('razorbill; hit; key="picture"');
    const { run: firstRun, ...rest } = await answerOf(first);
    const { run: secondRun, ...again } = await answerOf(second);
    expect(again).toEqual(rest);
    expect([firstRun.cache, secondRun.cache]).toEqual(['bypass', 'hit']);
  });

  it('hits by the tensor key when only its metadata differ', async () => {
    await answerOf(await classify(BOATS));
    const answer = await answerOf(await classify(withComment(BOATS, 'another file')));
    expect(answer.run).toMatchObject({ cache: 'hit', cache_key: 'tensor' });
    const again = await answerOf(await classify(withComment(BOATS, 'another file')));
    expect(again.run).toMatchObject({ cache: 'hit', cache_key: 'picture' });
  });

  it('is any view of one kept entry', async () => {
    await answerOf(await classify(BOATS));
    const answer = await answerOf(await classify(BOATS, {}, '?top_k=10&min_score=0.5'));
    expect(answer.run.cache).toBe('hit');
    expect(answer.predictions.map((p) => p.label)).toEqual(['ship']);
  });
});

describe('several pictures', () => {
  it('answer one by one, a bad one failing alone', async () => {
    const form = new FormData();
    form.append('image', new Blob([BOATS]), 'boats.jpg');
    form.append('image', new Blob(['no picture']), 'x.jpg');
    form.append('image', new Blob([CHELSEA]), 'chelsea.png');
    form.append('top_k', '1');
    const response = await classify(form);
    expect(response.status).toBe(200);
    const { results } = (await response.json()) as { results: Array<Record<string, unknown>> };
    expect(results.map((r) => r.pred_class ?? (r.error as { code: string }).code)).toEqual([
      'ship',
      'unsupported_format',
      'cat',
    ]);
  });

  it('may come as base64 in JSON', async () => {
    const image = Buffer.from(CHELSEA).toString('base64');
    const body = JSON.stringify({ image: `data:image/png;base64,${image}`, top_k: 1 });
    const answer = await answerOf(await classify(body, { 'content-type': 'application/json' }));
    expect(answer.predictions.map((p) => p.label)).toEqual(['cat']);
  });
});

describe('the cache by hash', () => {
  it('answers before an upload, with an ETag that spares the body', async () => {
    const bytes = withComment(BOATS, 'asked before');
    const path = `/v1/results/${SMALL_MODEL}/${digestOf(bytes)}?top_k=2`;
    expect(await codeOf(await service.fetch(path))).toBe('result_not_found');
    await answerOf(await classify(bytes));
    const kept = await service.fetch(path);
    const etag = kept.headers.get('etag') ?? '';
    expect(await kept.json()).toMatchObject({ pred_class: 'ship', image: { width: 1024 } });
    const again = await service.fetch(path, { headers: { 'if-none-match': `"x", W/${etag}` } });
    expect([again.status, await again.text()]).toEqual([304, '']);
  });

  it('has equal bytes for equal questions, whoever asks', async () => {
    await answerOf(await classify(BOATS));
    const path = `/v1/results/${SMALL_MODEL}/${digestOf(BOATS)}`;
    const bodies = await Promise.all([1, 2].map(async () => (await service.fetch(path)).text()));
    expect(bodies[0]).toBe(bodies[1]);
  });

  it('only-if-cached never classifies', async () => {
    const bytes = withComment(BOATS, 'never seen');
    const only = { 'cache-control': 'only-if-cached' };
    expect(await codeOf(await classify(bytes, only))).toBe('not_cached');
    await answerOf(await classify(bytes));
    expect((await answerOf(await classify(bytes, only))).run.cache).toBe('hit');
  });

  it('no-store keeps nothing', async () => {
    const bytes = withComment(BOATS, 'keep nothing');
    const none = { 'cache-control': 'no-store, no-cache' };
    const first = await classify(bytes, none);
    expect(first.headers.get('cache-status')).toBe('razorbill; fwd=request');
    const path = `/v1/results/${SMALL_MODEL}/${digestOf(bytes)}`;
    expect(await codeOf(await service.fetch(path))).toBe('result_not_found');
  });
});

describe('models', () => {
  it('are listed, and found by name and by digest', async () => {
    const list = (await (await service.fetch('/v1/models')).json()) as {
      default: string;
      models: Array<{ name: string; graph: string }>;
      catalogue: Array<{ name: string; command: string }>;
    };
    expect(list.default).toBe(SMALL_MODEL);
    // An entry with a graph is a card, and stands there alone.
    expect(list.catalogue.map(({ name }) => name)).not.toContain(SMALL_MODEL);
    expect(list.catalogue).toContainEqual(
      expect.objectContaining({
        name: 'resnet50_8xb32_in1k',
        command: 'npm run models -- add resnet50_8xb32_in1k',
      }),
    );
    const [model] = list.models;
    const byName = await service.fetch(`/v1/models/${SMALL_MODEL}`);
    const byDigest = await service.fetch(`/v1/models/${model?.graph}`);
    expect(await byDigest.json()).toEqual(await byName.json());
  });

  it('answer by digest as by name', async () => {
    const { model_digest: digest } = await answerOf(await classify(BOATS));
    const answer = await answerOf(await classify(BOATS, {}, `?model=${digest}`));
    expect([answer.model_digest, answer.run.cache]).toEqual([digest, 'hit']);
  });
});

describe('health', () => {
  it('is alive, and ready once the golden picture was classified', async () => {
    expect((await service.fetch('/livez')).status).toBe(200);
    const ready = await service.fetch('/readyz');
    expect(await ready.json()).toMatchObject({ status: 'ready', model: SMALL_MODEL });
    expect(ready.headers.get('cache-control')).toBe('no-store');
  });
});

describe('what is refused', () => {
  const json = { 'content-type': 'application/json' };
  const digest = { 'content-digest': `sha-256=:${'A'.repeat(43)}=:` };
  it.each<[string, Body, Record<string, string>, string, string]>([
    ['an empty body', '', {}, '', 'empty'],
    ['text', 'hello', {}, '', 'unsupported_format'],
    ['a truncated JPEG', BOATS.slice(0, 50_000), {}, '', 'corrupt_image'],
    ['an unknown model', BOATS, {}, '?model=nobody', 'unknown_model'],
    ['a model not added', BOATS, {}, '?model=resnet152_8xb32_in1k', 'model_not_added'],
    ['a path for a model', BOATS, {}, '?model=../x', 'bad_model_name'],
    ['a misspelt parameter', BOATS, {}, '?topk=3', 'bad_parameter'],
    ['a wrong digest', BOATS, digest, '', 'content_digest_mismatch'],
    ['a compressed body', BOATS, { 'content-encoding': 'br' }, '', 'unsupported_content_encoding'],
    ['broken JSON', '{', json, '', 'bad_json'],
    ['JSON without a picture', '{}', json, '', 'no_image'],
    ['bad base64', '{"image":"?"}', json, '', 'bad_base64'],
    ['a body beyond the limit', new Uint8Array(20_971_521), {}, '', 'body_too_large'],
  ])('%s, by its code', async (_name, body, headers, query, code) => {
    expect(await codeOf(await classify(body, headers, query))).toBe(code);
    expect((await service.fetch('/livez')).status).toBe(200);
  });

  it.each([
    ['GET', '/v1/classify', 405, 'POST'],
    ['POST', '/v1/models', 405, 'GET, HEAD'],
    ['DELETE', `/v1/results/${SMALL_MODEL}/${'0'.repeat(64)}`, 405, 'GET, HEAD'],
    ['GET', '/v2/nothing', 404, null],
    ['GET', `/v1/results/${SMALL_MODEL}/xyz`, 400, null],
  ])('%s %s', async (method, path, status, allow) => {
    const response = await service.fetch(path, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([status, allow]);
  });

  it('a picture that never fits, with the limit and what it would take', async () => {
    // A lossy WebP's header (RFC 6386, 9.1) that says 4000 x 3000.
    const webp = Buffer.from('524946461600000057454250565038200a0000001000009d012aa00fb80b', 'hex');
    const response = await classify(new Uint8Array(webp));
    expect(response.status).toBe(413);
    const problem = (await response.json()) as { limit: number; actual: number };
    expect(problem).toMatchObject({ code: 'too_large', what: 'memory', limit: 30_000_000 });
    expect(problem.actual).toBeGreaterThan(4.7 * 4000 * 3000);
  });

  it('explains each code at its type', async () => {
    const problem = (await (await classify('hello')).json()) as { type: string; title: string };
    const explained = await service.fetch(problem.type);
    expect(await explained.json()).toMatchObject({ title: problem.title, status: 415 });
  });
});

describe('what every answer carries', () => {
  it('an id of the caller, when it is one, and a trace that goes on', async () => {
    const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
    const headers = { 'x-request-id': 'mine-1', traceparent: `00-${trace}-00f067aa0ba902b7-01` };
    const response = await service.fetch('/v1/models', { headers });
    expect(response.headers.get('x-request-id')).toBe('mine-1');
    expect(response.headers.get('traceparent')).toContain(trace);
    const odd = await service.fetch('/v1/models', { headers: { 'x-request-id': 'a b' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});
