// More requests at once than a Worker bears, and callers who go away: a real Worker, no origin.
import { type ClientRequest, request } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { REQUESTS_OPEN_MAX } from '../../src/classify/limits.ts';
import { readSample, type Service, SMALL_MODEL, startService } from './workers.ts';

const PHOTO = readSample('chelsea.png');
/** More than are let in. */
const CROWD = REQUESTS_OPEN_MAX + 86;

let edge: Service;

beforeAll(async () => {
  edge = await startService();
  expect((await classify()).status).toBe(200);
}, 60_000);

afterAll(() => edge.close());

function classify(signal?: AbortSignal): Promise<Response> {
  return edge.fetch('/v1/classify', {
    method: 'POST',
    body: PHOTO,
    headers: { 'cache-control': 'no-cache' },
    ...(signal && { signal }),
  });
}

/** Where pictures come in, and the status with which each dialect's clients stop. */
const ENTRANCES = [
  ['/v1/classify', 503],
  [`/v2/models/${SMALL_MODEL}/infer`, 503],
  [`/models/${SMALL_MODEL}`, 429],
  [`/client/v4/accounts/a/ai/run/@razorbill/${SMALL_MODEL}`, 429],
  [`/predictions/${SMALL_MODEL}`, 503],
] as const;

/** A caller who sends its picture slowly and is inside until it is let go. */
function sendSlowly(): ClientRequest {
  const headers = { 'content-length': PHOTO.length };
  const slow = request(`${edge.url}/v1/classify`, { method: 'POST', headers });
  slow.on('error', () => undefined);
  // All but the last byte: what stands in front of a local Worker waits for the first 100 kB.
  slow.write(PHOTO.subarray(0, -1));
  return slow;
}

async function refusalOf(path: string, status: number, held: ClientRequest[]): Promise<Response> {
  for (let tries = 0; tries < 60; tries++) {
    const answer = await edge.fetch(path, { method: 'POST', body: PHOTO });
    if (answer.status === status) return answer;
    // Some have not arrived yet, or what stands in between ended them: others take their place.
    held.push(...Array.from({ length: 8 }, sendSlowly));
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error(`${path} is never refused`);
}

describe('a Worker with too much to do', () => {
  it('answers some, refuses the rest with Retry-After, and is itself again', async () => {
    const answers = await Promise.all(Array.from({ length: CROWD }, () => classify()));
    const refused = answers.filter(({ status }) => status === 503);
    const answered = answers.filter(({ status }) => status === 200);
    expect(refused.length).toBeGreaterThan(0);
    expect(answered.length).toBeGreaterThan(0);
    expect(refused.length + answered.length).toBe(CROWD);
    for (const answer of refused) {
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThanOrEqual(1);
      expect(await answer.json()).toMatchObject({ code: 'overloaded' });
    }
    expect((await classify()).status).toBe(200);
  });

  it('refuses in every dialect when it is full, and says so in a line a second', async () => {
    const held = Array.from({ length: CROWD }, sendSlowly);
    try {
      for (const [path, status] of ENTRANCES) {
        const refused = await refusalOf(path, status, held);
        expect(refused.headers.get('retry-after')).toBe('1');
        expect(JSON.stringify(await refused.json())).toContain('Too much is going on here');
      }
      expect(edge.logs()).toMatch(/event\\*":\\*"overloaded\\*",\\*"refused/);
    } finally {
      for (const slow of held) slow.destroy();
    }
    const status = async () => (await classify()).status;
    await expect.poll(status, { timeout: 20_000 }).toBe(200);
  });

  it('forgets callers who went away', async () => {
    for (let round = 0; round < 3; round++) {
      const leave = new AbortController();
      const gone = Array.from({ length: 50 }, () => classify(leave.signal).catch(() => 'gone'));
      await new Promise((resolve) => setTimeout(resolve, 100));
      leave.abort();
      await Promise.all(gone);
    }
    const status = async () => (await classify()).status;
    await expect.poll(status, { timeout: 20_000, interval: 300 }).toBe(200);
    expect(await status()).toBe(200);
  });
});
