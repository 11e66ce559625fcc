// More requests at once than a Worker bears, and callers who go away: a real Worker, no origin.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSample, type Service, startService } from './workers.ts';

const PHOTO = readSample('chelsea.png');
/** More than are let in: see REQUESTS_OPEN_MAX. */
const CROWD = 150;

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
