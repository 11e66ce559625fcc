import { beforeEach, describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/webhook/jobs/store.ts';
import { makeJobTable } from '../job-table.ts';
import { makeWorld, START_MS, type World } from '../job-world.ts';

const HOUR_MS = 3_600_000;
const PICTURE = { images: ['https://images.example.com/1.png'] };

describe('operators are told', () => {
  let store: JobStore;
  let world: World;

  beforeEach(async () => {
    ({ store } = await makeJobTable());
    world = await makeWorld(store);
  });

  it('nothing of what goes well', async () => {
    await world.send('well', PICTURE);
    await world.run(START_MS + HOUR_MS / 12);
    expect([world.heard.length, world.told]).toEqual([1, []]);
  });

  it('of each callback that is given up, and why', async () => {
    world.answer = () => 410;
    await world.send('gone', PICTURE);
    await world.drain();
    expect(world.told).toEqual(['gone']);
    await world.send('after', PICTURE);
    await world.drain();
    expect(world.told).toEqual(['gone', 'receiver_disabled']);
    expect(world.heard).toHaveLength(1);
  });

  it('of a job whose tries all ended in crashes', { timeout: 60_000 }, async () => {
    world.classify = () => {
      throw new Error('crash');
    };
    const accepted = await world.send('crash', PICTURE);
    await world.run(START_MS + HOUR_MS / 4);
    const crashes = world.told.filter((code) => code === 'message_failed');
    expect([crashes.length > 3, world.told.at(-1)]).toEqual([true, 'tries_exhausted']);
    const found = accepted.ok ? await store.find(accepted.value.id) : undefined;
    expect(found?.job).toMatchObject({ state: 'dead', cause: 'tries_exhausted' });
  });

  it('of a message that a queue gave up', async () => {
    const accepted = await world.send('dead', PICTURE);
    if (!accepted.ok) return expect.unreachable();
    const body = { do: 'classify', job: accepted.value.id };
    const settled: string[] = [];
    await world.webhooks.consumeDead([
      { body, ack: () => settled.push('ack'), retry: () => settled.push('retry') },
    ]);
    expect([world.told, settled]).toEqual([['dead_letter'], ['ack']]);
    expect((await store.find(body.job))?.job.state).toBe('dead');
  });
});
