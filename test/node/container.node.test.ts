// The origin as a process of its own: real ONNX Runtime, real sockets, and a real Worker as client.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type OriginProcess, spawnOrigin, startOriginProcess } from './origin-process.ts';
import { readSample, type Service, startService } from './workers.ts';

const SECRET = 'a secret of the origin, 32 letters'.replaceAll(' ', '-');
const PHOTO = readSample('chelsea.png');

interface Classified {
  readonly pred_label: number;
  readonly logits: readonly number[];
  readonly run: { readonly engine: string; readonly place: string; readonly because: string };
}

function ask(url: string, query = ''): Promise<Response> {
  return fetch(`${url}/v1/classify?logits=true${query}`, {
    method: 'POST',
    body: PHOTO,
    headers: { 'cache-control': 'no-cache' },
  });
}

describe('the origin', () => {
  let origin: OriginProcess;

  beforeAll(async () => {
    origin = await startOriginProcess();
  });

  afterAll(async () => {
    origin.child.kill('SIGKILL');
    await origin.ended;
  });

  it('classifies, says what ran it, and is ready', async () => {
    const response = await ask(origin.url);
    expect(response.status).toBe(200);
    expect(response.headers.get('x-execution-provider')).toBe('cpu');
    // Longer than a load balancer keeps an idle connection.
    expect(response.headers.get('keep-alive')).toBe('timeout=75');
    const answer = (await response.json()) as Classified;
    expect(answer).toMatchObject({ pred_label: 3, run: { engine: 'node:cpu', place: 'origin' } });
    expect(await (await fetch(`${origin.url}/v2/health/ready`)).json()).toEqual({ ready: true });
    const models = await (await fetch(`${origin.url}/v1/models`)).json();
    expect(models).toMatchObject({ models: [{ name: 'resnet18_8xb16_cifar10' }, {}] });
  });

  it('many at once become batches, and each gets its own scores', async () => {
    const alone = ((await (await ask(origin.url)).json()) as Classified).logits;
    const answers = await Promise.all(Array.from({ length: 24 }, () => ask(origin.url)));
    for (const answer of answers) {
      const { logits } = (await answer.json()) as Classified;
      logits.forEach((logit, i) => {
        expect(Math.abs(logit - (alone[i] ?? Number.NaN))).toBeLessThanOrEqual(0.2);
      });
    }
    const metrics = await (await fetch(`${origin.url}/metrics`)).text();
    const runs = Number(/razorbill_batch_pictures_count\{[^}]*} (\d+)/.exec(metrics)?.[1]);
    const pictures = Number(/razorbill_batch_pictures_sum\{[^}]*} (\d+)/.exec(metrics)?.[1]);
    expect(pictures).toBeGreaterThan(runs);
  });

  it('a bad picture is the caller’s mistake', async () => {
    const body = 'no picture';
    const response = await fetch(`${origin.url}/v1/classify`, { method: 'POST', body });
    expect(await response.json()).toMatchObject({ status: 415, code: 'unsupported_format' });
  });
});

describe('a Worker and its origin', () => {
  let origin: OriginProcess;
  let edge: Service;

  beforeAll(async () => {
    origin = await startOriginProcess({ ORIGIN_AUTH: 'hmac', ORIGIN_SECRET: SECRET });
    edge = await startService({
      vars: { ORIGIN_URL: origin.url, ORIGIN_AUTH: 'hmac' },
      secrets: { ORIGIN_SECRET: SECRET },
    });
  });

  afterAll(async () => {
    await edge.close();
    origin.child.kill('SIGKILL');
    await origin.ended;
  });

  it('the origin lets nobody in who does not sign', async () => {
    expect((await ask(origin.url)).status).toBe(401);
    const forged = await fetch(`${origin.url}/v1/classify`, {
      method: 'POST',
      body: PHOTO,
      headers: {
        'x-origin-timestamp': `${Math.floor(Date.now() / 1000)}`,
        'x-origin-signature': `v1=${'0'.repeat(64)}`,
      },
    });
    expect(forged.status).toBe(401);
    expect((await fetch(`${origin.url}/livez`)).status).toBe(200);
  });

  it.each([
    'GET /v1/models',
    'GET /v2/models/resnet18_8xb16_cifar10',
    'POST /v2/models/resnet18_8xb16_cifar10/infer',
    'POST /models/resnet18_8xb16_cifar10',
    'POST /predictions/resnet18_8xb16_cifar10',
    'POST /client/v4/accounts/a/ai/run/resnet18_8xb16_cifar10',
    'GET /nowhere',
  ])('nor at %s', async (route) => {
    const [method = '', path] = route.split(' ');
    const body = method === 'POST' ? PHOTO : null;
    expect((await fetch(`${origin.url}${path}`, { method, body })).status).toBe(401);
  });

  it('and takes no more of an unproved body than of any other', async () => {
    let sent = 0;
    const endless = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += 1_000_000;
        controller.enqueue(new Uint8Array(1_000_000));
      },
    });
    const response = await fetch(`${origin.url}/v1/classify`, {
      method: 'POST',
      body: endless,
      duplex: 'half',
      headers: {
        'x-origin-timestamp': `${Math.floor(Date.now() / 1000)}`,
        'x-origin-signature': `v1=${'0'.repeat(64)}`,
      },
    } as RequestInit);
    expect(response.status).toBe(401);
    expect(sent).toBeLessThan(60_000_000);
  });

  it('both name the same class, within two steps of quantization', async () => {
    const there = (await (await ask(edge.url, '&engine=origin')).json()) as Classified;
    expect(there.run).toMatchObject({ place: 'origin', engine: 'node:cpu', because: 'asked' });
    const here = (await (await ask(edge.url, '&engine=edge')).json()) as Classified;
    expect(here.run).toMatchObject({ place: 'edge', engine: 'simd' });
    expect(there.pred_label).toBe(here.pred_label);
    there.logits.forEach((logit, i) => {
      expect(Math.abs(logit - (here.logits[i] ?? Number.NaN))).toBeLessThanOrEqual(0.2);
    });
  });
});

describe('the origin’s life', () => {
  it('ends what it has begun when it is told to go, and takes nothing new', async () => {
    const origin = await startOriginProcess();
    await ask(origin.url);
    const asked = Array.from({ length: 12 }, () => ask(origin.url));
    await expect
      .poll(async () => (await fetch(`${origin.url}/metrics`)).text())
      .toMatch(/razorbill_queue_pictures (?!0)\d+/);
    origin.child.kill('SIGTERM');
    const statuses = (await Promise.all(asked)).map(({ status }) => status);
    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(await origin.ended).toBe(0);
  });

  const WRONG: ReadonlyArray<readonly [why: string, env: Record<string, string>, told: RegExp]> = [
    ['a provider that is not here', { ORIGIN_EXECUTION_PROVIDERS: 'tensorrt' }, /tensorrt/],
    ['a provider that nobody knows', { ORIGIN_EXECUTION_PROVIDERS: 'gpu' }, /PROVIDERS/],
    ['a secret that is missing', { ORIGIN_AUTH: 'bearer' }, /ORIGIN_SECRET/],
    ['a number that is none', { ORIGIN_BATCH_MAX: 'many' }, /ORIGIN_BATCH_MAX/],
  ];

  it.each(WRONG)('does not start with %s, and names it', async (_why, env, told) => {
    const child = spawnOrigin(env);
    let text = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      text += chunk.toString();
    });
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(2);
    expect(text).toMatch(told);
  });
});
