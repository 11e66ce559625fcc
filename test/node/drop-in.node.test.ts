// Clients of other services against a real Worker, with nothing changed but the address: the
// published client of Hugging Face, Workers AI's REST calls as its documents show them, and curl as
// TorchServe's do. Each must say what POST /v1/classify says.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { InferenceClient, imageClassification } from '@huggingface/inference';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { imageClassificationAnswer } from '../../src/http/hugging-face/schema.ts';
import { torchServeAnswer, torchServePing } from '../../src/http/torchserve/schema.ts';
import { workersAiAnswer } from '../../src/http/workers-ai/schema.ts';
import {
  readCard,
  readSample,
  SAMPLES,
  type Service,
  SMALL_MODEL,
  startService,
} from './workers.ts';

const CHELSEA = readSample('chelsea.png');
const BLOB = new Blob([CHELSEA]);
const BASE64 = Buffer.from(CHELSEA).toString('base64');
const KEY = 'rzb_drop_in';
const SPENT_KEY = 'rzb_spent';
const hashed = (key: string) => createHash('sha256').update(key).digest('hex');
const KEYS = `test:${hashed(KEY)} spent:${hashed(SPENT_KEY)}`;
const ALIASES = `microsoft/resnet-50=${SMALL_MODEL} resnet-18=${SMALL_MODEL}`;
const RUN = '/client/v4/accounts/0123456789abcdef0123456789abcdef/ai/run';

interface Scored {
  readonly label: string;
  readonly score: number;
}

let service: Service;
let expected: readonly Scored[];
let logits: readonly number[];

beforeAll(async () => {
  service = await startService({ vars: { MODEL_ALIASES: ALIASES } });
  const response = await service.fetch('/v1/classify?top_k=10&logits=true', {
    method: 'POST',
    body: CHELSEA,
  });
  const { predictions, logits: all } = (await response.json()) as {
    predictions: readonly Scored[];
    logits: readonly number[];
  };
  expected = predictions.map(({ label, score }) => ({ label, score }));
  logits = all;
  expect(expected[0]?.label).toBe('cat');
});

afterAll(() => service.close());

function post(path: string, body: RequestInit['body'], headers: Record<string, string> = {}) {
  return service.fetch(path, { method: 'POST', body: body ?? null, headers });
}

describe('@huggingface/inference, unmodified', () => {
  it.each([
    ['a name', `/models/${SMALL_MODEL}`],
    ['a name with an owner', `/models/razorbill/${SMALL_MODEL}`],
    ['an id of the hub that is an alias here', '/models/microsoft/resnet-50'],
    ['an id that the client encodes', '/models/microsoft%2Fresnet-50'],
    ['the default model', '/'],
    ['the address alone', ''],
  ])('imageClassification by endpointUrl: %s', async (_name, path) => {
    const client = new InferenceClient(undefined, { endpointUrl: `${service.url}${path}` });
    expect(await client.imageClassification({ data: BLOB })).toEqual(expected.slice(0, 5));
  });

  it.each([
    ['a typed blob', { data: new Blob([CHELSEA], { type: 'image/png' }) }],
    ['an ArrayBuffer', { data: CHELSEA.buffer }],
    ['inputs', { inputs: BLOB }],
  ])('takes the picture as %s', async (_name, picture) => {
    const endpointUrl = `${service.url}/models/microsoft/resnet-50`;
    const answer = await imageClassification({ endpointUrl, ...picture });
    expect(answer).toEqual(expected.slice(0, 5));
  });

  it('gives the reason of a refusal to its caller', async () => {
    const asked = new InferenceClient('hf_x', { endpointUrl: `${service.url}/models/google/vit` });
    await expect(asked.imageClassification({ data: BLOB })).rejects.toThrow(
      'There is no such model (reference: google/vit)',
    );
  });
});

describe('more clients at once than a Worker bears', () => {
  /** More than are let in: see REQUESTS_OPEN_MAX. */
  const CROWD = 150;

  it('are answered or told so, and none of them asks again', async () => {
    let sent = 0;
    const counted: typeof fetch = (...given) => {
      sent++;
      return fetch(...given);
    };
    const client = new InferenceClient(undefined, { endpointUrl: service.url, fetch: counted });
    const ask = () => client.imageClassification({ data: BLOB });
    const said = await Promise.allSettled(Array.from({ length: CROWD }, ask));
    const told = said.filter((one) => one.status === 'rejected');
    for (const { reason } of told) {
      expect(`${reason}`).toContain('Too much is going on here at the moment');
    }
    expect(said.length - told.length).toBeGreaterThan(0);
    expect(sent).toBe(CROWD);
  });
});

describe('the Hugging Face API as other clients speak it', () => {
  const ask = (value: object) => post('/models/microsoft/resnet-50', JSON.stringify(value));

  it.each([
    ['all', { top_k: 10 }, 10],
    ['one', { top_k: 1 }, 1],
    ['more than there are', { top_k: 1e9 }, 10],
    ['as many as it gives', {}, 5],
  ])('JSON with base64: %s', async (_name, parameters, count) => {
    const answer = await (await ask({ inputs: BASE64, parameters })).json();
    expect(imageClassificationAnswer.parse(answer)).toEqual(expected.slice(0, count));
  });

  it('sigmoid and none are functions of the logits', async () => {
    const scores = async (how: string) => {
      const parameters = { function_to_apply: how, top_k: 10 };
      const response = await ask({ inputs: BASE64, parameters });
      return imageClassificationAnswer.parse(await response.json()).map(({ score }) => score);
    };
    const sorted = logits.toSorted((a, b) => b - a);
    expect(await scores('none')).toEqual(sorted);
    const sigmoid = await scores('sigmoid');
    for (const [i, x] of sorted.entries())
      expect(sigmoid[i]).toBeCloseTo(1 / (1 + Math.exp(-x)), 6);
    expect(await scores('softmax')).toEqual(expected.map(({ score }) => score));
  });

  it('says what answered, and from where; use_cache: false computes again', async () => {
    const kept = await ask({ inputs: BASE64 });
    const { graph } = readCard(SMALL_MODEL);
    expect(kept.headers.get('x-razorbill-model')).toBe(`${SMALL_MODEL}@sha256:${graph}`);
    expect(kept.headers.get('cache-status')).toMatch(/^razorbill; hit/);
    const answer = await kept.json();
    const fresh = await ask({ inputs: BASE64, options: { use_cache: false } });
    const byHeader = await post('/', CHELSEA, { 'x-use-cache': 'false' });
    for (const again of [fresh, byHeader]) {
      expect(again.headers.get('cache-status')).toMatch(/^razorbill; fwd=request/);
      expect(await again.json()).toEqual(answer);
    }
  });
});

describe('the REST API of Workers AI', () => {
  const envelope = () => ({
    result: expected.slice(0, 5),
    success: true,
    errors: [],
    messages: [],
  });

  it.each([
    ['bytes, as its documents show it', '@cf/microsoft/resnet-50', CHELSEA],
    ['numbers, as the SDK sends them', '@cf/microsoft/resnet-50', numbers()],
    ['base64', '@cf/microsoft/resnet-50', JSON.stringify({ image: BASE64 })],
    ['an encoded path', '@cf%2Fmicrosoft%2Fresnet-50', CHELSEA],
    ['a name of ours', `@razorbill/${SMALL_MODEL}`, CHELSEA],
  ])('%s', async (_name, model, body) => {
    const response = await post(`${RUN}/${model}`, body, { authorization: 'Bearer any' });
    expect(response.status).toBe(200);
    expect(workersAiAnswer.parse(await response.json())).toEqual(envelope());
  });

  it('curl, word for word but for the address', async () => {
    const address = `${service.url}${RUN}/@cf/microsoft/resnet-50`;
    const picture = `@${join(SAMPLES, 'chelsea.png')}`;
    const said = await curl(address, '-X', 'POST', '--data-binary', picture);
    expect(JSON.parse(said)).toEqual(envelope());
  });
});

describe('TorchServe', () => {
  const first = () => Object.fromEntries(expected.slice(0, 5).map((p) => [p.label, p.score]));
  const file = join(SAMPLES, 'chelsea.png');

  it.each([
    ['-T, which sends PUT', '/predictions/resnet-18', ['-T', file]],
    ['-X POST -T', '/predictions/resnet-18', ['-X', 'POST', '-T', file]],
    ['-F data=@', '/predictions/resnet-18', ['-F', `data=@${file}`]],
    ['-F body=@', '/predictions/resnet-18', ['-F', `body=@${file}`]],
    ['--data-binary', '/predictions/resnet-18', ['--data-binary', `@${file}`]],
    ['a version', `/predictions/${SMALL_MODEL}/1.0`, ['-T', file]],
    [
      'a digest as the version',
      `/predictions/${SMALL_MODEL}/${readCard(SMALL_MODEL).graph}`,
      ['-T', file],
    ],
  ])('curl %s', async (_name, path, given) => {
    const answer = torchServeAnswer.parse(JSON.parse(await curl(service.url + path, ...given)));
    expect(answer).toEqual(first());
    expect(Object.keys(answer)).toEqual(Object.keys(first()));
  });

  it('is healthy', async () => {
    const response = await service.fetch('/ping');
    expect(response.status).toBe(200);
    expect(torchServePing.parse(await response.json())).toEqual({ status: 'Healthy' });
  });

  it('knows no other version', async () => {
    const response = await post(`/predictions/${SMALL_MODEL}/2.0`, CHELSEA);
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        code: 404,
        type: 'ModelVersionNotFoundException',
        message: `Model version: 2.0 does not exist for model: ${SMALL_MODEL}`,
      },
    ]);
  });
});

describe('a deadline that is over', () => {
  it.each([
    ['/models/microsoft/resnet-50', [429, 504]],
    [`${RUN}/@cf/microsoft/resnet-50`, [429, 408]],
    ['/predictions/resnet-18', [503, 504]],
  ])('is kept at %s: refused unplaced, or unfinished', async (path, statuses) => {
    const over = { 'x-deadline-ms-epoch': '1', 'cache-control': 'no-cache' };
    expect(statuses).toContain((await post(path, CHELSEA, over)).status);
  });
});

describe('what a client of another service did wrong', () => {
  let strict: Service;
  const limit = 400_000;

  beforeAll(async () => {
    const limits = { MAX_BODY_BYTES: `${limit}`, MODEL_ALIASES: ALIASES };
    strict = await startService({ vars: { ...limits, AUTH: 'required', API_KEYS: KEYS } });
  });
  afterAll(() => strict.close());

  const corrupt = readSample('boats.jpg').subarray(0, 5000);
  const GOOD = '/models/microsoft/resnet-50';
  const RAW_CASES = [
    ['an empty body', '', 400, 400, 400],
    ['a text', 'a picture of a cat', 415, 415, 415],
    ['a JPEG that breaks off', corrupt, 422, 422, 422],
    ['one byte beyond the limit', new Uint8Array(limit + 1), 413, 413, 413],
  ] as const;
  const HF_CASES = [
    ['what is not base64', { inputs: '???' }, 400],
    ['no inputs', { parameters: {} }, 400],
    ['top_k 0', { inputs: BASE64, parameters: { top_k: 0 } }, 400],
    ['top_k in words', { inputs: BASE64, parameters: { top_k: 'five' } }, 400],
    ['a function that is none', { inputs: BASE64, parameters: { function_to_apply: 'x' } }, 400],
    ['an empty picture', { inputs: '' }, 400],
    ['base64 of a text', { inputs: 'YSBjYXQ=' }, 415],
  ] as const;
  const WAI_CASES = [
    ['what is not base64', '{"image":"???"}', 400],
    ['a number that is no byte', '{"image":[1,256]}', 400],
    ['a list that does not end', '{"image":[1,2', 400],
    ['no image', '{"prompt":"a cat"}', 400],
    ['an empty picture', '{"image":[]}', 400],
    ['numbers of a text', '{"image":[97,98,99]}', 415],
  ] as const;

  async function send(path: string, body: RequestInit['body'], key = KEY): Promise<Response> {
    const headers = { authorization: `Bearer ${key}` };
    return strict.fetch(path, { method: 'POST', body: body ?? null, headers });
  }

  const errorOf = {
    async hf(response: Response) {
      expect(await response.json()).toEqual({ error: expect.stringMatching(/.{10}/) });
    },
    async wai(response: Response) {
      expect(await response.json()).toEqual({
        result: null,
        success: false,
        errors: [{ code: expect.any(Number), message: expect.stringMatching(/.{10}/) }],
        messages: [],
      });
    },
    async ts(response: Response) {
      expect(await response.json()).toEqual({
        code: response.status,
        type: expect.stringMatching(/Exception$/),
        message: expect.stringMatching(/.{10}/),
      });
    },
  };

  async function expectRefusal(shape: keyof typeof errorOf, response: Response, status: number) {
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toMatch(/^application\/json/);
    await errorOf[shape](response);
  }

  it.each(RAW_CASES)('%s, to each of them', async (_name, body, hf, wai, ts) => {
    await expectRefusal('hf', await send(GOOD, body), hf);
    await expectRefusal('hf', await send('/', body), hf);
    await expectRefusal('wai', await send(`${RUN}/@cf/microsoft/resnet-50`, body), wai);
    await expectRefusal('ts', await send('/predictions/resnet-18', body), ts);
  });

  it.each(HF_CASES)('Hugging Face: %s', async (_name, body, status) => {
    await expectRefusal('hf', await send(GOOD, JSON.stringify(body)), status);
  });

  it.each(WAI_CASES)('Workers AI: %s', async (_name, body, status) => {
    await expectRefusal('wai', await send(`${RUN}/@cf/microsoft/resnet-50`, body), status);
  });

  it('TorchServe: a form without a file, with two, and one that breaks off', async () => {
    for (const names of [[], ['data', 'data']]) {
      const form = new FormData();
      for (const name of names) form.append(name, BLOB.slice(0, 1000), 'a.png');
      form.append('top_k', '3');
      const status = names.length === 0 ? 400 : 413;
      await expectRefusal('ts', await send('/predictions/resnet-18', form), status);
    }
    const headers = {
      authorization: `Bearer ${KEY}`,
      'content-type': 'multipart/form-data; boundary=x',
    };
    const init = { method: 'POST', body: '--x\r\nContent-Disposition: form-data; name=d', headers };
    await expectRefusal('ts', await strict.fetch('/predictions/resnet-18', init), 400);
  });

  it.each([
    ['hf', '/models/google/vit-base-patch16-224', 404],
    ['hf', '/models/resnet50_keras_in1k@sha256:12', 404],
    ['wai', `${RUN}/@cf/meta/llama-2-7b-chat-int8`, 400],
    ['ts', '/predictions/densenet161', 404],
    ['ts', '/predictions/%2e%2e%2fmodels', 404],
  ] as const)('%s: a model that is not here, %s', async (shape, path, status) => {
    await expectRefusal(shape, await send(path, CHELSEA), status);
  });

  it.each([
    ['hf', GOOD],
    ['hf', '/'],
    ['wai', `${RUN}/@cf/microsoft/resnet-50`],
    ['ts', '/predictions/resnet-18'],
  ] as const)('%s: no key at %s', async (shape, path) => {
    const refused = await send(path, CHELSEA, 'wrong');
    expect(refused.headers.get('www-authenticate')).toMatch(/^Bearer/);
    await expectRefusal(shape, refused, 401);
    const none = await strict.fetch(path, { method: 'POST', body: CHELSEA });
    await expectRefusal(shape, none, 401);
  });

  it.each([
    ['wai', `${RUN}/@cf/microsoft/resnet-50`, 405],
    ['wai', '/client/v4/user/tokens/verify', 404],
    ['ts', '/predictions/resnet-18', 405],
    ['ts', '/predictions/a/b/c', 404],
  ] as const)('%s: GET %s', async (shape, path, status) => {
    await expectRefusal(shape, await strict.fetch(path), status);
  });

  it('a key that has used up its requests', async () => {
    const spend = () => send('/models/nobody', 'x', SPENT_KEY);
    let status = 404;
    // wrangler.toml lets 600 pass in 60 s, and a new window may begin in between.
    for (let i = 0; i < 121 && status === 404; i++) {
      const answers = await Promise.all(Array.from({ length: 10 }, spend));
      status = Math.max(...answers.map((answer) => answer.status));
    }
    await expectRefusal('hf', await send(GOOD, CHELSEA, SPENT_KEY), 429);
    await expectRefusal('wai', await send(`${RUN}/@cf/a/b`, CHELSEA, SPENT_KEY), 429);
    const refused = await send('/predictions/resnet-18', CHELSEA, SPENT_KEY);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    await expectRefusal('ts', refused, 429);
  });

  it('and what they did right is answered, with the key', async () => {
    const endpointUrl = `${strict.url}${GOOD}`;
    const client = new InferenceClient(KEY, { endpointUrl });
    expect(await client.imageClassification({ data: BLOB })).toEqual(expected.slice(0, 5));
    await expectRefusal('ts', await strict.fetch('/ping', { method: 'POST' }), 405);
    expect((await strict.fetch('/ping')).status).toBe(200);
  });
});

function numbers(): string {
  return JSON.stringify({ image: [...CHELSEA] });
}

/** What curl prints; its own failures have no answer to look at. */
function curl(...given: readonly string[]): Promise<string> {
  const child = spawn('curl', ['--silent', '--show-error', '--max-time', '50', ...given]);
  return new Promise((resolve, reject) => {
    let said = '';
    let complaint = '';
    child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    child.stderr.on('data', (chunk) => {
      complaint += chunk;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      if (code === 0) resolve(said);
      else reject(new Error(`curl ${code}: ${complaint}`));
    });
  });
}
