import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { huggingFaceError } from './hugging-face/respond.ts';
import type { Services, Variables } from './services.ts';
import { shedLoad } from './shed.ts';
import { torchServeError } from './torchserve/respond.ts';

/** Three entrances that do not answer before they are let, and how many may be inside. */
function entrances(requestsOpenMax: number, busy = false) {
  const overloaded = () =>
    busy ? ({ code: 'overloaded', retryAfterSeconds: 9 } as const) : undefined;
  const shed = shedLoad({ classifier: { overloaded }, requestsOpenMax } as Services);
  const app = new Hono<{ Variables: Variables }>();
  const inside: Array<() => void> = [];
  const wait = () => new Promise<void>((resolve) => inside.push(resolve));
  app.use('/ours', shed());
  app.use('/models', shed(huggingFaceError));
  app.use('/predictions', shed(torchServeError));
  app.all('*', async (c) => {
    if (c.req.method !== 'GET') await wait();
    return c.text('done');
  });
  const ask = async (path: string, method = 'POST') => app.request(path, { method });
  return { ask, inside };
}

it('counts all entrances together, and each refuses in its own shape', async () => {
  const { ask, inside } = entrances(2);
  const going = [ask('/models'), ask('/predictions', 'PUT')];
  await expect.poll(() => inside.length).toBe(2);
  const ours = await ask('/ours');
  expect([ours.status, await ours.json()]).toMatchObject([503, { code: 'overloaded' }]);
  const face = await ask('/models');
  expect([face.status, face.headers.get('retry-after')]).toEqual([429, '1']);
  expect(await face.json()).toEqual({ error: expect.stringContaining('Too much is going on') });
  const torch = await ask('/predictions', 'PUT');
  expect(await torch.json()).toMatchObject({ code: 503, type: 'ServiceUnavailableException' });
  expect((await ask('/ours', 'GET')).status).toBe(200);
  for (const leave of inside) leave();
  for (const answer of await Promise.all(going)) expect(answer.status).toBe(200);
  const next = ask('/ours');
  await expect.poll(() => inside.length).toBe(3);
  inside[2]?.();
  expect((await next).status).toBe(200);
});

it('lets nobody in while the classifier has too much waiting', async () => {
  const { ask, inside } = entrances(2, true);
  for (const path of ['/ours', '/models', '/predictions']) {
    expect((await ask(path)).headers.get('retry-after')).toBe('9');
  }
  expect(inside).toEqual([]);
});
