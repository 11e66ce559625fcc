import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoomWorker } from '../../../test/node/room-in-workerd.ts';
import { startRoomWorker } from '../../../test/node/room-in-workerd.ts';
import type { AttemptCase } from '../../../test/worker/webhook/verdicts.ts';
import { attemptCase } from '../../../test/worker/webhook/verdicts.ts';
import type { DeliveryOutcome } from './attempt.ts';
import { ATTEMPTS_MAX } from './schedule.ts';

const SECRET = 'whsec_xT6a9H+n+sTHVo6PO/f3plPyjn4wlWqHsIi3XzsukAk=';
const BODY = '{"type":"image.classified","data":{"label":"Katze \u{1f408}"}}';

let server: Server;
let origin: string;
let worker: RoomWorker;
const received: Array<{ request: IncomingMessage; body: string }> = [];
let endlessChunks = 0;

/** A receiver that misbehaves in as many ways as it has paths. */
const PATHS: Readonly<Record<string, (response: ServerResponse) => void>> = {
  '/ok': (response) => response.writeHead(204).end(),
  '/redirect': (response) => response.writeHead(307, { location: '/ok' }).end(),
  '/redirect-away': (response) =>
    response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
  '/gone': (response) => response.writeHead(410).end(),
  '/busy': (response) => response.writeHead(503, { 'retry-after': '3600' }).end('later'),
  '/silent': () => undefined,
  '/reset': (response) => response.socket?.destroy(),
  '/endless': (response) => {
    response.writeHead(200);
    const timer = setInterval(() => {
      endlessChunks += 1;
      response.write(new Uint8Array(65_536));
    }, 1);
    response.on('close', () => clearInterval(timer));
  },
};

beforeAll(async () => {
  server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    received.push({ request, body: Buffer.concat(chunks).toString('utf8') });
    PATHS[request.url ?? '']?.(response);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  worker = await startRoomWorker('webhook');
});
afterAll(async () => {
  await worker.close();
  server.closeAllConnections();
  server.close();
});

type Platform = (given: AttemptCase) => Promise<DeliveryOutcome>;
const inNode: Platform = attemptCase;
const inWorkerd: Platform = async (given) =>
  (await worker.ask('/attempt', given)) as DeliveryOutcome;

describe.each([
  ['Node', inNode],
  ['workerd', inWorkerd],
])('an attempt over real sockets in %s', (_where, platform) => {
  const attempt = (path: string, change: Partial<AttemptCase> = {}) =>
    platform({
      url: origin + path,
      attempt: 1,
      secrets: [SECRET],
      body: { utf8: BODY },
      trustedOrigins: [origin],
      ...change,
    });

  it('hands over what the package standardwebhooks verifies, and nothing else of us', async () => {
    received.length = 0;
    expect(await attempt('/ok')).toMatchObject({ outcome: 'delivered', status: 204 });
    const { request, body } = received[0] ?? { request: { headers: {} }, body: '' };
    expect(new Webhook(SECRET).verify(body, request.headers as Record<string, string>)).toEqual(
      JSON.parse(BODY),
    );
    expect(request.headers).toMatchObject({
      'content-type': 'application/json',
      'user-agent': 'razorbill (webhooks)',
      'webhook-id': 'msg_1',
    });
    for (const name of ['cookie', 'authorization', 'referer', 'origin']) {
      expect(request.headers).not.toHaveProperty(name);
    }
  });

  it.each(['/redirect', '/redirect-away'])('does not follow %s', async (path) => {
    received.length = 0;
    const outcome = await attempt(path);
    expect(outcome).toMatchObject({ outcome: 'retry', cause: { code: 'bad_status' } });
    expect(received.map(({ request }) => request.url)).toEqual([path]);
  });

  it.each<readonly [string, object]>([
    ['/gone', { outcome: 'disabled', cause: { code: 'gone', status: 410 } }],
    ['/busy', { outcome: 'retry', cause: { code: 'bad_status', status: 503 }, delayMs: 3_780_000 }],
    ['/reset', { outcome: 'retry', cause: { code: 'no_answer' }, delayMs: 5000 }],
  ])('says what came of %s', async (path, wanted) => {
    expect(await attempt(path)).toMatchObject(wanted);
  });

  it('gives up waiting for who says nothing', async () => {
    const outcome = await attempt('/silent', { timeoutMs: 100 });
    expect(outcome).toMatchObject({ outcome: 'retry', cause: { code: 'timeout' }, delayMs: 5000 });
    expect(outcome.ms).toBeGreaterThanOrEqual(95);
  });

  it('lets an answer go that does not end, and counts its status', async () => {
    expect(await attempt('/endless')).toMatchObject({ outcome: 'delivered' });
    const deadlineMs = Date.now() + 5000;
    let before = -1;
    // The connection is closed: at some time no more chunks are written.
    while (before !== endlessChunks && Date.now() < deadlineMs) {
      before = endlessChunks;
      await new Promise((later) => setTimeout(later, 50));
    }
    expect(endlessChunks).toBe(before);
  });

  it('is the last one when it is the tenth', async () => {
    const tenth = { attempt: ATTEMPTS_MAX };
    const last = await attempt('/busy', tenth);
    expect(last).toMatchObject({ outcome: 'failed', cause: { code: 'bad_status', status: 503 } });
    expect(await attempt('/ok', tenth)).toMatchObject({ outcome: 'delivered' });
  });

  it('checks the address every time: a receiver no longer trusted is not asked', async () => {
    received.length = 0;
    expect(await attempt('/ok', { trustedOrigins: [] })).toMatchObject({
      outcome: 'disabled',
      cause: { code: 'url_refused', because: 'scheme' },
    });
    expect(received).toEqual([]);
  });
});
