import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { publish } from '../../src/model/publish.ts';
import { type Bucket, createR2Objects } from '../../src/model/r2.ts';
import { readEmbedded, readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

const CHELSEA = readSample('chelsea.png');
const KEY = 'rzb_test_secret';
const KEYS = `test:${createHash('sha256').update(KEY).digest('hex')}`;

async function post(service: Service, headers: Record<string, string> = {}): Promise<Response> {
  return service.fetch('/v1/classify', { method: 'POST', body: CHELSEA, headers });
}

describe('a service that asks for keys', () => {
  let service: Service;
  beforeAll(async () => {
    const vars = { AUTH: 'required', API_KEYS: KEYS, CORS_ORIGINS: 'https://a.example' };
    service = await startService({ vars: { ...vars, RESULT_SCOPE: 'key' } });
  });
  afterAll(() => service.close());

  it('lets nobody in without one, and says how to come in', async () => {
    const response = await post(service);
    expect([response.status, response.headers.get('www-authenticate')]).toEqual([
      401,
      'Bearer realm="razorbill"',
    ]);
    expect((await service.fetch('/v1/models')).status).toBe(401);
  });

  it('lets a key in', async () => {
    const response = await post(service, { authorization: `Bearer ${KEY}` });
    expect(await response.json()).toMatchObject({ pred_class: 'cat' });
  });

  it('answers health without a key', async () => {
    expect((await service.fetch('/livez')).status).toBe(200);
    expect((await service.fetch('/readyz')).status).toBe(200);
  });

  it('lets named origins read answers in a browser, and no other', async () => {
    const preflight = (origin: string) =>
      service.fetch('/v1/classify', {
        method: 'OPTIONS',
        headers: { origin, 'access-control-request-method': 'POST' },
      });
    const allowed = (r: Response) => r.headers.get('access-control-allow-origin');
    expect(allowed(await preflight('https://a.example'))).toBe('https://a.example');
    expect(allowed(await preflight('https://b.example'))).toBeNull();
  });

  it('says 429 and when to come back, once a key has used up its requests', async () => {
    const headers = { authorization: `Bearer ${KEY}` };
    const ask = () => service.fetch('/v1/classify', { headers });
    let refused: Response | undefined;
    // wrangler.toml lets 600 pass in 60 s, and a new window may begin in between.
    for (let i = 0; i < 151 && refused === undefined; i++) {
      const answers = await Promise.all(Array.from({ length: 8 }, ask));
      refused = answers.find((answer) => answer.status === 429);
    }
    expect(refused?.headers.get('retry-after')).toBe('60');
    expect(refused?.headers.get('ratelimit-policy')).toBe('"default";q=600;w=60');
    expect(await refused?.json()).toMatchObject({ code: 'rate_limited' });
  });

  it('never writes a key or a picture into its log', async () => {
    await post(service, { authorization: `Bearer ${KEY}` });
    expect(service.logs()).toContain('/v1/classify');
    expect(service.logs()).not.toContain(KEY);
  });
});

describe('a picture by its URL', () => {
  it('is fetched where the origin is trusted, and hashed as it was read', async () => {
    const stranger = createServer((request, response) => {
      if (request.url === '/moved') response.writeHead(302, { location: '/chelsea.png' }).end();
      else if (request.url === '/page') response.setHeader('content-type', 'text/html').end('<p>');
      else response.setHeader('content-type', 'image/png').end(CHELSEA);
    });
    await new Promise<void>((resolve) => stranger.listen(0, '127.0.0.1', resolve));
    const { port } = stranger.address() as AddressInfo;
    const origin = `http://127.0.0.1:${port}`;
    const service = await startService({ vars: { TRUSTED_ORIGINS: origin } });
    const ask = async (url: string) => {
      const headers = { 'content-type': 'application/json' };
      const body = JSON.stringify({ url });
      const answer = await service.fetch('/v1/classify', { method: 'POST', headers, body });
      return (await answer.json()) as Record<string, unknown>;
    };
    try {
      const sha256 = createHash('sha256').update(CHELSEA).digest('hex');
      expect(await ask(`${origin}/moved`)).toMatchObject({ pred_class: 'cat', image: { sha256 } });
      expect(await ask(`${origin}/page`)).toMatchObject({ code: 'bad_content_type' });
      expect(await ask('http://localhost/x')).toMatchObject({ code: 'scheme' });
    } finally {
      await service.close();
      stranger.close();
    }
  });
});

describe('a service with a bad configuration', () => {
  it('serves nothing, and names every problem', async () => {
    const service = await startService({ vars: { AUTH: 'maybe', MAX_IMAGE: '3' } });
    try {
      const response = await post(service);
      expect(response.status).toBe(500);
      const { code, problems } = (await response.json()) as {
        code: string;
        problems: Array<{ setting: string; fix: string }>;
      };
      expect(code).toBe('misconfigured');
      expect(problems.map((p) => p.setting).sort()).toEqual(['AUTH', 'MAX_IMAGE']);
      expect((await service.fetch('/readyz')).status).toBe(500);
    } finally {
      await service.close();
    }
  });
});

/** The same model with its graph changed in one byte: another digest, published like any other. */
function nextVersion(): Parameters<typeof publish>[1] {
  const model = readEmbedded(SMALL_MODEL);
  const graph = model.graph.slice();
  // The producer's name, near the start: still the same network.
  const at = Buffer.from(graph).indexOf('razorbill');
  graph[at] = 'R'.charCodeAt(0);
  const digest = createHash('sha256').update(graph).digest('hex') as typeof model.card.graph;
  return { ...model, graph, card: { ...model.card, graph: digest } };
}

async function damage(models: Bucket, how: 'corrupted' | 'truncated' | 'swapped'): Promise<void> {
  const { card, graph } = nextVersion();
  const bytes = {
    corrupted: () => graph.map((byte, i) => (i === 5_000_000 ? byte ^ 1 : byte)),
    truncated: () => graph.slice(0, -1),
    swapped: () => readEmbedded(SMALL_MODEL).graph,
  }[how]();
  await models.put(`graphs/${card.graph}.onnx`, bytes);
}

describe.each(['corrupted', 'truncated', 'swapped'] as const)('a %s graph', (how) => {
  it('is refused by its digest; the last good one serves on, and /readyz says so', async () => {
    const service = await startService({ vars: { MODEL_REFRESH_SECONDS: '1' } });
    try {
      const good = (await (await post(service)).json()) as { model_digest: string };
      const next = nextVersion();
      expect((await publish(createR2Objects(service.models), next)).ok).toBe(true);
      await damage(service.models, how);
      await new Promise((resolve) => setTimeout(resolve, 1100));

      const answer = await post(service, { 'cache-control': 'no-cache' });
      expect(await answer.json()).toMatchObject({
        pred_class: 'cat',
        model_digest: good.model_digest,
        run: { cache: 'bypass' },
      });
      const ready = await service.fetch('/readyz');
      expect(ready.status).toBe(200);
      expect(await ready.json()).toMatchObject({ status: 'degraded', code: 'model_damaged' });

      const byDigest = await service.fetch(`/v1/classify?model=${next.card.graph}`, {
        method: 'POST',
        body: CHELSEA,
      });
      expect(byDigest.status).toBe(503);
      expect(await byDigest.json()).toMatchObject({ code: 'model_damaged' });
    } finally {
      await service.close();
    }
  });
});
