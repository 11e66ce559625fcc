import { beforeAll, describe, expect, it } from 'vitest';
import { sha256 } from '../../../src/digest.ts';
import { fetchPublic } from '../../../src/net/fetch-public.ts';
import { fail, ok } from '../../../src/result.ts';
import { TRIES_MAX } from '../../../src/webhook/jobs/limits.ts';
import type { JobStore } from '../../../src/webhook/jobs/store.ts';
import { makeJobTable } from '../job-table.ts';
import { makeWorld, type World } from '../job-world.ts';

const HOUR_MS = 3_600_000;
const POLICY = { http: 'refuse', ownHosts: [], trustedOrigins: [] } as const;
const BUSY = fail({ code: 'overloaded', passing: true });

describe('a job whose picture gives trouble', () => {
  let store: JobStore;
  let db: D1Database;

  beforeAll(async () => {
    ({ store, db } = await makeJobTable());
  });

  async function run(world: World, id: string) {
    const sent = await world.send(id, { images: [`https://images.example.com/${id}.png`] });
    if (!sent.ok) throw new Error(sent.failure.code);
    await world.run(world.nowMs() + HOUR_MS);
    const events = world.heard.map(({ body }) => JSON.parse(body));
    return { id: sent.value.id, found: await store.find(sent.value.id), events };
  }

  it('is told of a picture that changed between two tries', async () => {
    const world = await makeWorld(store);
    const versions = ['first', 'second'].map((text) => new TextEncoder().encode(text));
    let fetches = 0;
    world.picture = () => versions[Math.min(fetches++, 1)] ?? new Uint8Array();
    let tries = 0;
    const classify = world.classify;
    world.classify = async (bytes) => (++tries === 1 ? BUSY : classify(bytes));
    const { found, events } = await run(world, 'changed');
    const [first = '', now = ''] = await Promise.all(versions.map((bytes) => sha256(bytes)));
    const failure = { code: 'image_changed', first, now };
    expect(found?.job.images).toMatchObject([
      { sha256: first, outcome: { status: 'failed', failure } },
    ]);
    expect(events).toMatchObject([
      { type: 'image.failed', data: { failure, image: { sha256: now } } },
    ]);
    expect(world.inferences).toEqual([]);
  });

  it('is tried again while a picture is slow, then says so', async () => {
    const world = await makeWorld(store);
    let asked = 0;
    world.fetchImage = async (_job, { reference }) => {
      const fetched = await fetchPublic(reference, {
        policy: POLICY,
        limits: { bytesMax: 1024, timeoutMs: 20 },
        fetch: (_url, init) => {
          asked++;
          return new Promise((_, reject) => {
            init.signal?.addEventListener('abort', () => reject(new Error('aborted')));
          });
        },
      });
      if (fetched.ok) return fail({ code: 'fetched', passing: false });
      return fail({ ...fetched.failure, passing: fetched.failure.code === 'fetch_timeout' });
    };
    const { found, events } = await run(world, 'slow');
    expect(asked).toBe(TRIES_MAX);
    expect(found?.job).toMatchObject({ state: 'done', tries: TRIES_MAX });
    expect(events).toMatchObject([
      { type: 'image.failed', data: { failure: { code: 'fetch_timeout', timeoutMs: 20 } } },
    ]);
  });

  it('is dead once all its tries crashed, and a redrive ends it', async () => {
    const world = await makeWorld(store);
    const fetchImage = world.fetchImage;
    world.fetchImage = async () => {
      throw new Error('out of memory, say');
    };
    const { id, found, events } = await run(world, 'crashing');
    expect(found?.job).toMatchObject({
      state: 'dead',
      cause: 'tries_exhausted',
      lastError: 'out of memory, say',
    });
    expect(events).toEqual([]);
    world.fetchImage = fetchImage;
    expect(await world.webhooks.redrive(id)).toEqual(ok(true));
    await world.run(world.nowMs() + 60_000);
    expect((await store.find(id))?.job).toMatchObject({ state: 'done', lastError: undefined });
    expect(world.heard).toHaveLength(1);
  });

  it('that dies with its consumer is begun again when the hold runs out', async () => {
    const world = await makeWorld(store);
    let lost = false;
    world.loses = () => lost;
    lost = true;
    const sent = await world.send('dying', { images: ['https://images.example.com/dying.png'] });
    if (!sent.ok) throw new Error(sent.failure.code);
    const { id } = sent.value;
    expect(await store.hold(id, 'dead-holder', world.nowMs(), 120_000)).toBeDefined();
    lost = false;
    await world.run(world.nowMs() + 119_000, 1000);
    expect((await store.find(id))?.job.state).toBe('queued');
    await world.run(world.nowMs() + 180_000);
    expect((await store.find(id))?.job).toMatchObject({ state: 'done', tries: 2 });
  });

  it('that failed tells anew after a redrive, and keeps what was told', async () => {
    const world = await makeWorld(store);
    const classify = world.classify;
    world.classify = async () => fail({ code: 'corrupt_image', passing: false });
    const { id } = await run(world, 'again');
    world.classify = classify;
    await world.webhooks.redrive(id);
    await world.run(world.nowMs() + HOUR_MS);
    const found = await store.find(id);
    expect(found?.deliveries.map(({ state }) => state)).toEqual(['delivered', 'delivered']);
    expect(new Set(world.heard.map((heard) => heard.id)).size).toBe(2);
  });

  it('goes when it is old, with all that belongs to it', async () => {
    const world = await makeWorld(store);
    const { id } = await run(world, 'old');
    await world.run(world.nowMs() + 29 * 24 * HOUR_MS, 24 * HOUR_MS);
    expect(await store.find(id)).toBeDefined();
    await world.run(world.nowMs() + 2 * 24 * HOUR_MS, 24 * HOUR_MS);
    expect(await store.find(id)).toBeUndefined();
    const left = await db
      .prepare(
        `SELECT (SELECT count(*) FROM images WHERE job = ?1) AS images,
          (SELECT count(*) FROM deliveries WHERE job = ?1) AS deliveries,
          (SELECT count(*) FROM attempts
            WHERE delivery NOT IN (SELECT id FROM deliveries)) AS attempts`,
      )
      .bind(id)
      .first();
    expect(left).toEqual({ images: 0, deliveries: 0, attempts: 0 });
  });
});
