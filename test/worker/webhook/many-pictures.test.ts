import { beforeAll, describe, expect, it } from 'vitest';
import type { Digest } from '../../../src/digest.ts';
import { fail, ok } from '../../../src/result.ts';
import type { ClassifyJobDeps } from '../../../src/webhook/jobs/classify-job.ts';
import { classifyJob } from '../../../src/webhook/jobs/classify-job.ts';
import type { JobMessage } from '../../../src/webhook/jobs/messages.ts';
import type { JobStore } from '../../../src/webhook/jobs/store.ts';
import { makeJobTable } from '../job-table.ts';
import { START_MS } from '../job-world.ts';

const HELD_MS = 120_000;
const DIGEST = 'a'.repeat(64) as Digest;
const ANSWER = ok({ pred_class: 'cat' });

describe('a job of several pictures', () => {
  let store: JobStore;
  let nowMs = START_MS;
  let holders = 0;
  const sent: JobMessage[] = [];

  beforeAll(async () => {
    ({ store } = await makeJobTable());
  });

  async function makeJob(name: string, paths: readonly string[]): Promise<string> {
    const id = `job_${name.padEnd(32, '0')}`;
    const images = paths.map((path) => ({ reference: path, senderId: undefined }));
    const job = { id, source: 's', messageId: name, bodySha256: DIGEST, metadata: {} };
    await store.accept({ ...job, model: undefined, images }, nowMs);
    return id;
  }

  function depsOf(fetchImage: ClassifyJobDeps['fetchImage']): ClassifyJobDeps {
    return {
      store,
      outbox: { trySend: async (messages) => void sent.push(...messages) },
      clock: () => nowMs,
      newHolder: () => `holder-${++holders}`,
      heldMs: HELD_MS,
      fetchImage,
      classify: async () => ANSWER,
      hasReceiver: () => true,
      annotate: async () => undefined,
      countFailure: () => undefined,
    };
  }

  const fetched = ok({ sha256: DIGEST, bytes: new Uint8Array(1), release: () => undefined });

  it('tells of those that came, while another is tried again', async () => {
    let away = true;
    const deps = depsOf(async (_job, { reference }) =>
      reference === 'away' && away ? fail({ code: 'fetch_failed', passing: true }) : fetched,
    );
    const id = await makeJob('a', ['away', 'here', 'there']);
    expect(await classifyJob(id, deps)).toBe('later');
    const first = await store.find(id);
    expect(first?.job.images.map(({ outcome }) => outcome?.status)).toEqual([
      undefined,
      'classified',
      'classified',
    ]);
    expect(first?.deliveries.map(({ position }) => position)).toEqual([1, 2]);
    expect(sent.at(-1)).toEqual({ do: 'classify', job: id });
    away = false;
    nowMs += HELD_MS;
    expect(await classifyJob(id, deps)).toBe('done');
    const last = await store.find(id);
    expect(last?.deliveries.map(({ position }) => position)).toEqual([0, 1, 2]);
  });

  it('is held on while it is worked on, however long all of them take', async () => {
    const others: boolean[] = [];
    const deps = depsOf(async () => {
      nowMs += HELD_MS - 1;
      others.push((await store.hold(id, 'another', nowMs, HELD_MS)) !== undefined);
      return fetched;
    });
    const id = await makeJob('b', ['1', '2', '3']);
    expect(await classifyJob(id, deps)).toBe('done');
    expect(others).toEqual([false, false, false]);
  });

  it('is let alone by who lost it to another', async () => {
    let fetches = 0;
    const deps = depsOf(async () => {
      fetches += 1;
      nowMs += HELD_MS;
      await store.hold(id, 'another', nowMs, HELD_MS);
      return fetched;
    });
    const id = await makeJob('c', ['1', '2', '3']);
    expect(await classifyJob(id, deps)).toBe('not_mine');
    expect(fetches).toBe(1);
    const found = await store.find(id);
    expect(found?.deliveries).toEqual([]);
    expect(found?.job.images.every(({ outcome }) => outcome === undefined)).toBe(true);
  });
});
