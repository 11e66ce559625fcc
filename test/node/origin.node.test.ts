// Placement between two real places: a Worker at the edge, and as its origin a second Worker, which
// speaks both dialects. Between them stands a proxy that can be told to misbehave.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { readSample, type Service, startService } from './workers.ts';

type Mood = 'well' | 'reset' | 'hang' | 'half' | 'html' | 'nan' | 'other_picture' | 'busy';

/** Passes requests on to `target`, or spoils the answer as its mood says. */
function startProxy(): Promise<Proxy> {
  const state: { target: string; mood: Mood; calls: number } = {
    target: '',
    mood: 'well',
    calls: 0,
  };
  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    state.calls++;
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    switch (state.mood) {
      case 'reset':
        return void request.socket.destroy();
      case 'hang':
        return;
      case 'html':
        return void response.setHeader('content-type', 'text/html').end('<h1>Welcome</h1>');
      case 'busy':
        return void response.writeHead(503, { 'retry-after': '7' }).end();
      default:
        return pass(request, response, Buffer.concat(chunks));
    }
  }
  async function pass(
    request: IncomingMessage,
    response: ServerResponse,
    body: Buffer,
  ): Promise<void> {
    const headers = new Headers();
    for (const name of ['content-type', 'cache-control', 'inference-header-content-length']) {
      const value = request.headers[name];
      if (typeof value === 'string') headers.set(name, value);
    }
    const url = `${state.target}${request.url}`;
    const upstream = await fetch(url, { method: 'POST', headers, body });
    let given = Buffer.from(await upstream.arrayBuffer());
    if (state.mood === 'nan')
      given = Buffer.from(`${given}`.replace(/"logits":\[/, '"logits":[1e99,'));
    if (state.mood === 'other_picture') {
      given = Buffer.from(`${given}`.replace(/"sha256":"..../, '"sha256":"0000'));
    }
    const length = upstream.headers.get('inference-header-content-length');
    response.statusCode = upstream.status;
    if (length !== null) response.setHeader('inference-header-content-length', length);
    if (state.mood !== 'half') return void response.end(given);
    response.setHeader('content-length', given.length);
    response.write(given.subarray(0, given.length / 2), () => request.socket.destroy());
  }
  const server = createServer((request, response) => void answer(request, response));
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      resolve({ state, server, url: `http://127.0.0.1:${port}` });
    });
  });
}

interface Proxy {
  readonly state: { target: string; mood: Mood; calls: number };
  readonly server: Server;
  readonly url: string;
}

interface Classified {
  readonly status: number;
  readonly code?: string;
  readonly predictions?: ReadonlyArray<{ readonly label: string }>;
  readonly logits?: readonly number[];
  readonly run?: { readonly place: string; readonly because: string; readonly engine: string };
}

const PHOTO = readSample('chelsea.png');

async function classify(service: Service, query = ''): Promise<Classified> {
  const response = await service.fetch(`/v1/classify?logits=true${query}`, {
    method: 'POST',
    body: PHOTO,
    headers: { 'cache-control': 'no-cache' },
  });
  return { ...((await response.json()) as object), status: response.status };
}

describe('placement', () => {
  let proxy: Proxy;
  let origin: Service;
  let reference: Classified;

  beforeAll(async () => {
    proxy = await startProxy();
    origin = await startService();
    proxy.state.target = origin.url;
    reference = await classify(origin);
    expect(reference.run).toMatchObject({ place: 'edge', because: 'no_origin' });
  });

  afterEach(() => {
    proxy.state.mood = 'well';
  });

  afterAll(async () => {
    await origin.close();
    proxy.server.closeAllConnections();
    proxy.server.close();
  });

  async function withEdge(
    vars: Readonly<Record<string, string>>,
    work: (edge: Service) => Promise<void>,
  ): Promise<void> {
    const edge = await startService({ vars: { ORIGIN_URL: proxy.url, ...vars } });
    try {
      await work(edge);
    } finally {
      await edge.close();
    }
  }

  it('a cold isolate answers from the origin, and the next picture here', async () => {
    await withEdge({}, async (edge) => {
      const first = await classify(edge);
      expect(first.run).toMatchObject({ place: 'origin', because: 'cold' });
      expect(first.logits).toEqual(reference.logits);
      await expect.poll(async () => (await classify(edge)).run?.place).toBe('edge');
      const second = await classify(edge);
      expect(second.run).toMatchObject({ place: 'edge', because: 'resident', engine: 'simd' });
      expect(second.logits).toEqual(reference.logits);
    });
  });

  it('asking for an origin where there is none is a mistake', async () => {
    expect(await classify(origin, '&engine=origin')).toMatchObject({
      status: 400,
      code: 'no_origin',
    });
  });

  it('an OIP server gets the tensor and gives the same scores', async () => {
    await withEdge({ ORIGIN_DIALECT: 'oip' }, async (edge) => {
      const there = await classify(edge, '&engine=origin');
      expect(there.run).toMatchObject({ place: 'origin', because: 'asked', engine: 'oip' });
      expect(there.logits).toEqual(reference.logits);
    });
  });

  it('an origin that hangs is not waited for beyond its time', async () => {
    await withEdge({ ORIGIN_TIMEOUT_MS: '300' }, async (edge) => {
      await classify(edge, '&engine=edge');
      proxy.state.mood = 'hang';
      const began = performance.now();
      const answer = await classify(edge, '&engine=origin');
      expect(answer.run).toMatchObject({ place: 'edge', because: 'origin_failed' });
      expect(performance.now() - began).toBeGreaterThanOrEqual(290);
    });
  });

  it('an origin that keeps failing rests, and calls stay few', async () => {
    await withEdge({}, async (edge) => {
      proxy.state.mood = 'html';
      proxy.state.calls = 0;
      const reasons: Array<string | undefined> = [];
      for (let i = 0; i < 10; i++) {
        reasons.push((await classify(edge, '&engine=origin')).run?.because);
      }
      const failed = Array(5).fill('origin_failed');
      expect(reasons).toEqual([...failed, ...Array(5).fill('origin_resting')]);
      expect(proxy.state.calls).toBe(5);
    });
  });

  it('a caller may ask for either place, and both say the same', async () => {
    await withEdge({}, async (edge) => {
      const here = await classify(edge, '&engine=edge');
      expect(here.run).toMatchObject({ place: 'edge', because: 'asked' });
      const there = await classify(edge, '&engine=origin');
      expect(there.run).toMatchObject({ place: 'origin', because: 'asked' });
      expect(there.logits).toEqual(here.logits);
      await expectDisbelief(edge);
      await expectRefusal(edge);
      await expectKept(edge);
    });
  });

  const MOODS: readonly Mood[] = ['reset', 'half', 'html', 'nan', 'other_picture', 'busy'];

  /** A good answer between them: five bad ones in a row would be another story. */
  async function expectDisbelief(edge: Service): Promise<void> {
    for (const mood of MOODS) {
      proxy.state.mood = mood;
      const answer = await classify(edge, '&engine=origin');
      expect(answer.run, mood).toMatchObject({ place: 'edge', because: 'origin_failed' });
      expect(answer.logits).toEqual(reference.logits);
      proxy.state.mood = 'well';
      const after = await classify(edge, '&engine=origin');
      expect(after.run, mood).toMatchObject({ place: 'origin' });
    }
  }

  /** 9 megapixels of WebP are too many for either of these two. */
  async function expectRefusal(edge: Service): Promise<void> {
    const size = { width: 3000, height: 3000, channels: 3, background: 'red' } as const;
    const webp = await sharp({ create: size }).webp().toBuffer();
    proxy.state.calls = 0;
    const body = new Uint8Array(webp);
    const response = await edge.fetch('/v1/classify', { method: 'POST', body });
    expect(await response.json()).toMatchObject({ status: 413, code: 'too_large' });
    expect(proxy.state.calls).toBe(1);
  }

  async function expectKept(edge: Service): Promise<void> {
    proxy.state.calls = 0;
    const kept = await edge.fetch('/v1/classify?engine=origin', { method: 'POST', body: PHOTO });
    const { run } = (await kept.json()) as Classified;
    expect(run).toMatchObject({ cache: 'hit', because: 'kept', place: 'origin' });
    expect(proxy.state.calls).toBe(0);
  }
});
