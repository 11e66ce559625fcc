import { beforeAll, describe, expect, it } from 'vitest';
import { ATTEMPT_DELAYS_SECONDS } from '../../../src/webhook/deliver/schedule.ts';
import { LOST_AFTER_MS } from '../../../src/webhook/jobs/limits.ts';
import type { JobStore } from '../../../src/webhook/jobs/store.ts';
import { makeJobTable } from '../job-table.ts';
import { makeWorld, START_MS } from '../job-world.ts';

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

describe('a receiver that is down for the first hours', () => {
  let store: JobStore;

  beforeAll(async () => {
    ({ store } = await makeJobTable());
  });

  it('a thousand events arrive all, once, at their times', { timeout: 300_000 }, async () => {
    const world = await makeWorld(store);
    // A queue that forgets one message in ten: what is lost is found in the job table.
    world.loses = makeForgetful(10);
    world.answer = (nowMs) => (nowMs < START_MS + 2 * HOUR_MS ? 503 : 204);
    for (let at = 0; at < 1000; at += 50) {
      const sent = Array.from({ length: 50 }, (_, i) =>
        world.send(`event-${at + i}`, { images: [`https://images.example.com/${at + i}.png`] }),
      );
      for (const accepted of await Promise.all(sent)) expect(accepted.ok).toBe(true);
    }
    await world.run(START_MS + MINUTE_MS, 5000);
    await world.run(START_MS + 4 * HOUR_MS);

    const delivered = world.heard.filter(({ status }) => status === 204);
    const messagesHeard = delivered.map(({ body }) => JSON.parse(body).data.message_id);
    expect(new Set(messagesHeard).size).toBe(1000);
    // None twice to a receiver that said 2xx.
    expect(delivered).toHaveLength(1000);
    expect(new Set(delivered.map(({ id }) => id)).size).toBe(1000);
    expect(world.inferences).toHaveLength(1000);

    // Attempts of one message by the schedule: a tenth of jitter, a step of the clock; and where
    // its message was lost, what the sweep waits for and its own minute.
    const timesOf = Map.groupBy(world.heard, ({ id }) => id);
    expect(timesOf.size).toBe(1000);
    for (const attempts of timesOf.values()) {
      expect(attempts).toHaveLength(5);
      for (const [i, { atMs }] of attempts.entries()) {
        const before = attempts[i - 1];
        if (before === undefined) continue;
        const waitMs = atMs - before.atMs;
        const scheduledMs = (ATTEMPT_DELAYS_SECONDS[i] ?? 0) * 1000;
        expect(waitMs).toBeGreaterThanOrEqual(0.9 * scheduledMs);
        expect(waitMs).toBeLessThan(1.1 * scheduledMs + LOST_AFTER_MS + 2 * MINUTE_MS);
      }
    }
    const jobs = await store.list({ limit: 1000 });
    expect(jobs.every(({ state }) => state === 'done')).toBe(true);
    expect(await store.dueDeliveries(world.nowMs() + 100 * HOUR_MS, 10)).toEqual([]);
  });
});

/** Loses each `nth` message, but none twice in a row. */
function makeForgetful(nth: number): (message: object) => boolean {
  const forgotten = new Set<string>();
  let messages = 0;
  return function isLost(message) {
    const name = JSON.stringify(message);
    if (forgotten.delete(name) || ++messages % nth !== 0) return false;
    forgotten.add(name);
    return true;
  };
}
