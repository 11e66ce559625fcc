import { beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/digest.ts';
import type { Delivery } from '../../../src/webhook/jobs/job.ts';
import { DELIVERY_HELD_MS, RECEIVER_ATTEMPTS_MAX } from '../../../src/webhook/jobs/limits.ts';
import type { JobStore } from '../../../src/webhook/jobs/store.ts';
import { makeJobTable } from '../job-table.ts';
import { START_MS } from '../job-world.ts';

const SLOW = 'https://slow.example.com/';
const QUICK = 'https://quick.example.com/';
const IMAGE = { reference: 'https://images.example.com/a.png', senderId: undefined };
const outcome = { status: 'failed', failure: { code: 'empty' } } as const;

describe('room at a receiver', () => {
  let store: JobStore;
  const held: Delivery[] = [];

  beforeAll(async () => {
    ({ store } = await makeJobTable());
    const id = `job_${'0'.repeat(32)}`;
    const count = RECEIVER_ATTEMPTS_MAX + 1;
    const images = Array.from({ length: count }, () => IMAGE);
    const bodySha256 = '0'.repeat(64) as Digest;
    const job = { id, source: 's', messageId: 'm', bodySha256, model: undefined, metadata: {} };
    await store.accept({ ...job, images }, START_MS);
    const mine = await store.hold(id, 'holder', START_MS, 1000);
    if (mine === undefined) throw new Error('nobody else is there');
    for (let position = 0; position < count; position++) {
      const callback = { id: `msg_${position}`, body: '{}' };
      await store.finishImage(mine, position, { outcome, callback }, START_MS);
      const delivery = await store.holdDelivery(callback.id, START_MS, DELIVERY_HELD_MS);
      if (delivery !== undefined) held.push(delivery);
    }
    expect(held).toHaveLength(count);
  });

  const admit = (delivery: Delivery | undefined, url: string, nowMs = START_MS) => {
    if (delivery === undefined) throw new Error('there is no such delivery');
    return store.admit(delivery, { url, nowMs, attemptsMax: RECEIVER_ATTEMPTS_MAX });
  };

  it('is given to so many attempts and no more, and each receiver has its own', async () => {
    const first = held.slice(0, RECEIVER_ATTEMPTS_MAX);
    for (const delivery of first) expect(await admit(delivery, SLOW)).toBe('admitted');
    // Asked again it still has its place, and takes no second one.
    expect(await admit(first[0], SLOW)).toBe('admitted');
    expect(await admit(held.at(-1), SLOW)).toBe('busy');
    expect(await admit(held.at(-1), QUICK)).toBe('admitted');
  });

  it('is there again when an attempt ended, or whoever made it must have died', async () => {
    const [first, last] = [held[0], held.at(-1)];
    expect(await admit(last, SLOW)).toBe('busy');
    expect(await admit(last, SLOW, START_MS + DELIVERY_HELD_MS)).toBe('admitted');
    expect(await admit(last, QUICK)).toBe('admitted');
    if (first === undefined) throw new Error('there is no first');
    const record = {
      delivery: first.id,
      attempt: 1,
      atMs: START_MS,
      outcome: 'delivered',
    } as const;
    await store.endAttempt(
      first,
      { ...record, status: 204, ms: 1, cause: undefined },
      { state: 'delivered', nextMs: START_MS, dueMs: START_MS },
    );
    expect(await admit(last, SLOW)).toBe('admitted');
  });

  it('is waited for without counting as an attempt', async () => {
    const [, second] = held;
    if (second === undefined) throw new Error('there is no second');
    await store.putOff(second, { nextMs: START_MS + 5000, dueMs: START_MS + 65_000 });
    expect(await store.holdDelivery(second.id, START_MS + 4999, 1000)).toBeUndefined();
    expect(await store.holdDelivery(second.id, START_MS + 5000, 1000)).toMatchObject({
      attempt: 1,
      attemptsBefore: 0,
    });
    const details = await store.find(second.job);
    const attempts = details?.attempts.filter(({ delivery }) => delivery === second.id);
    expect(attempts).toMatchObject([{ attempt: 1, outcome: 'started' }]);
  });
});
