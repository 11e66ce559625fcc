// One request against a real server that says what the test wants.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { createAsk, type Question } from './ask.ts';
import { type Budget, createBudget } from './budget.ts';
import { BROKEN_TRIES_MAX, TRIES_MAX } from './limits.ts';
import { createMeter } from './meter.ts';
import { createPace } from './pace.ts';

type Said = 'reset' | 'html' | readonly [status: number, body: object, retryAfter?: string];

let server: Server;
let url: string;
let says: (n: number) => Said;
let requests: number;
let slept: number[];
let nowMs: number;

beforeAll(async () => {
  server = createServer((request, response) => {
    request.resume();
    const said = says(++requests);
    if (said === 'reset') return void request.socket.destroy();
    if (said === 'html') return void response.end('<h1>Welcome</h1>');
    const [status, body, retryAfter] = said;
    const headers = retryAfter === undefined ? {} : { 'retry-after': retryAfter };
    response.writeHead(status, headers).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(() => void server.close());
beforeEach(() => {
  [requests, slept, nowMs] = [0, [], 0];
});

function rig(requestsMax = 1000) {
  const clock = () => nowMs;
  const sleep = async (ms: number) => {
    nowMs += ms;
    slept.push(ms);
  };
  const budget: Budget = createBudget({ requestsMax, bytesMax: 1000, msMax: 1e9 }, clock);
  const ended = () => budget.ended() !== undefined;
  const pace = createPace({ concurrency: 4, rate: 10_000, clock, sleep, ended });
  const timing = { random: () => 0.5, sleep };
  const meter = createMeter();
  return { budget, meter, ask: createAsk({ pace, budget, timing, clock, meter }) };
}

const GET: Question = { bytes: 0, send: (init) => fetch(url, init) };

describe('a request', () => {
  it('is answered by 200 and by 404', async () => {
    says = (n) => [n === 1 ? 200 : 404, { n }];
    const { ask } = rig();
    expect(await ask(GET)).toMatchObject({ ok: true, value: { status: 200, body: { n: 1 } } });
    expect(await ask(GET)).toMatchObject({ ok: true, value: { status: 404, body: { n: 2 } } });
  });

  it('is tried again after 429 and 503, when it is told', async () => {
    const busy = (n: number): Said => (n === 1 ? [429, {}, '3'] : [503, { code: 'overloaded' }]);
    says = (n) => (n < 3 ? busy(n) : [200, {}]);
    const { ask, meter } = rig();
    expect(await ask(GET)).toMatchObject({ ok: true });
    expect(requests).toBe(3);
    expect(nowMs).toBeGreaterThanOrEqual(3000);
    expect(meter.read().told_to_wait).toBe(2);
  });

  it.each([
    ['told to wait', (): Said => [429, { code: 'rate_limited' }, '0'], TRIES_MAX, 'rate_limited'],
    ['broken', (): Said => 'reset', BROKEN_TRIES_MAX, 'no_answer'],
    ['answered by something else', (): Said => 'html', BROKEN_TRIES_MAX, 'no_answer'],
    [
      'met by a bug',
      (): Said => [500, { code: 'internal_error' }],
      BROKEN_TRIES_MAX,
      'internal_error',
    ],
    ['refused', (): Said => [422, { code: 'corrupt_image' }], 1, 'corrupt_image'],
    ['refused for good by a 503', (): Said => [503, { code: 'graph_refused' }], 1, 'graph_refused'],
    ['sent elsewhere', (): Said => [302, {}], 1, 'status_302'],
  ])('that is always %s ends after its tries', async (_name, always, tries, code) => {
    says = always;
    const { ask } = rig();
    expect(await ask(GET)).toMatchObject({ ok: false, failure: { code } });
    expect(requests).toBe(tries);
  });

  it('without a valid key ends the run', async () => {
    says = () => [401, { code: 'unauthorized' }];
    const { ask, budget } = rig();
    expect(await ask(GET)).toMatchObject({ failure: { code: 'unauthorized' } });
    expect(budget.ended()).toBe('unauthorized');
    expect(await ask(GET)).toEqual({ ok: false, failure: { code: 'ended', why: 'unauthorized' } });
    expect(requests).toBe(1);
  });

  it('ends the run where the service is away', async () => {
    says = () => 'reset';
    const { ask, budget } = rig();
    for (let i = 0; i < 20 && budget.ended() === undefined; i++) await ask(GET);
    expect(budget.ended()).toBe('service_away');
    expect(requests).toBe(40);
  });

  it('counts against the budget, tries too, and sends nothing beyond it', async () => {
    says = () => [429, {}, '0'];
    const { ask, budget } = rig(5);
    expect(await ask(GET)).toMatchObject({ failure: { code: 'ended', why: 'max_requests' } });
    expect([requests, budget.spent().requests]).toEqual([5, 5]);
    says = () => [200, {}];
    const bytes = rig();
    const post = (n: number): Question => ({
      bytes: n,
      send: (init) => fetch(url, { ...init, method: 'POST', body: new Uint8Array(n) }),
    });
    expect(await bytes.ask(post(1000))).toMatchObject({ ok: true });
    expect(await bytes.ask(post(1))).toMatchObject({ failure: { why: 'max_bytes' } });
  });
});
