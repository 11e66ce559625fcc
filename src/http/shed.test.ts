import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { createMemoryTelemetry } from '../../test/worker/memory-telemetry.ts';
import type { OverloadedFailure } from '../classify/reservations.ts';
import { ENTRANCES } from './entrances.ts';
import type { Variables } from './services.ts';
import { addShed } from './shed.ts';

const OPEN_MAX = 2;

/** Each dialect's answer where too much is going on: status, and a part of its shape. */
const SAID: ReadonlyArray<readonly [path: string, status: number, shape: object]> = [
  ['/v1/classify', 503, { code: 'overloaded', status: 503, type: '/problems/overloaded' }],
  ['/v2/models/m/infer', 503, { error: expect.stringContaining('Too much') }],
  ['/v2/models/m/versions/1/infer', 503, { error: expect.stringContaining('Too much') }],
  ['/', 429, { error: expect.stringContaining('Too much') }],
  ['/models/razorbill/m', 429, { error: expect.stringContaining('Too much') }],
  ['/client/v4/accounts/a/ai/run/@cf/microsoft/resnet-50', 429, { errors: [{ code: 3040 }] }],
  ['/predictions/m', 503, { type: 'ServiceUnavailableException' }],
  ['/predictions/m/1', 503, { type: 'ServiceUnavailableException' }],
];

function createDoor() {
  const telemetry = createMemoryTelemetry();
  const state = {
    nowMs: 0,
    busy: undefined as OverloadedFailure | undefined,
    reached: 0,
    arrived: 0,
  };
  const inside: Array<() => void> = [];
  const app = new Hono<{ Variables: Variables }>();
  addShed(app, {
    classifier: { overloaded: () => state.busy },
    arrived: () => void state.arrived++,
    requestsOpenMax: OPEN_MAX,
    telemetry,
    clock: () => state.nowMs,
  });
  app.all('*', async (c) => {
    state.reached++;
    if (c.req.query('wait') !== undefined) await new Promise<void>((go) => inside.push(go));
    if (c.req.query('fail') !== undefined) throw new Error('a bug');
    return c.text('inside');
  });
  app.onError((_error, c) => c.text('bug', 500));
  const ask = async (path: string, method = 'POST'): Promise<Response> =>
    app.request(path, { method });
  return { state, telemetry, ask, inside };
}

describe('shedding', () => {
  it.each(SAID)(
    'refuses at %s in its dialect, and nothing behind it is reached',
    async (...row) => {
      const [path, status, shape] = row;
      const { state, ask } = createDoor();
      state.busy = { code: 'overloaded', retryAfterSeconds: 3 };
      // The first is made, the second is kept.
      for (let i = 0; i < 2; i++) {
        const refused = await ask(path);
        expect([refused.status, refused.headers.get('retry-after')]).toEqual([status, '3']);
        expect(refused.headers.get('x-content-type-options')).toBe('nosniff');
        expect(refused.headers.get('content-type')).toMatch(/json/);
        expect(await refused.json()).toMatchObject(shape);
      }
      state.busy = { code: 'overloaded', retryAfterSeconds: 4 };
      expect((await ask(path)).headers.get('retry-after')).toBe('4');
      expect([state.reached, state.arrived]).toEqual([0, 3]);
    },
  );

  it('stands at every entrance', () => {
    expect(SAID.length).toBeGreaterThanOrEqual(ENTRANCES.length);
    expect(new Set(ENTRANCES.map(({ path }) => path)).size).toBe(ENTRANCES.length);
  });

  it.each([
    ['GET', '/v1/classify'],
    ['GET', '/'],
    ['PUT', '/v1/classify'],
    ['POST', '/v1/jobs'],
    ['POST', '/v2/models/m/ready'],
  ])('leaves %s %s alone', async (method, path) => {
    const { state, ask } = createDoor();
    state.busy = { code: 'overloaded', retryAfterSeconds: 3 };
    expect((await ask(path, method)).status).toBe(200);
  });

  it('lets in as many as its bound, at all entrances together, and not one more', async () => {
    const { ask, inside } = createDoor();
    const first = ask('/v1/classify?wait');
    // As `curl -T` sends it.
    const second = ask('/predictions/m?wait', 'PUT');
    await expect.poll(() => inside.length).toBe(OPEN_MAX);
    const refused = await ask('/v2/models/m/infer');
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    inside.shift()?.();
    expect((await first).status).toBe(200);
    expect((await ask('/v2/models/m/infer')).status).toBe(200);
    inside.shift()?.();
    expect((await second).status).toBe(200);
  });

  it('forgets those whom a bug of ours ended', async () => {
    const { ask } = createDoor();
    for (let i = 0; i <= OPEN_MAX; i++) expect((await ask('/v1/classify?fail')).status).toBe(500);
    expect((await ask('/v1/classify')).status).toBe(200);
  });

  it('counts every refusal and writes a line for those of a second', async () => {
    const { state, telemetry, ask } = createDoor();
    state.busy = { code: 'overloaded', retryAfterSeconds: 3 };
    for (state.nowMs = 0; state.nowMs <= 1000; state.nowMs += 250) await ask('/v1/classify');
    expect(telemetry.counted('refused')).toBe(5);
    expect(telemetry.lines.map(({ event, fields }) => [event, fields.refused])).toEqual([
      ['overloaded', 1],
      ['overloaded', 4],
    ]);
  });
});
