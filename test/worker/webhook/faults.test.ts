import { beforeAll, describe, expect, it } from 'vitest';
import type { JobStore } from '../../../src/webhook/jobs/store.ts';
import { type FaultKind, withJobFaults } from '../faulty-jobs.ts';
import { makeJobTable } from '../job-table.ts';
import { makeWorld } from '../job-world.ts';

const KINDS: readonly FaultKind[] = ['before', 'after'];
const MINUTES_10 = 600_000;
const MINUTES = { timeout: 240_000 };

describe('the job table fails at its n-th call', () => {
  let table: JobStore;
  let db: D1Database;

  beforeAll(async () => {
    ({ store: table, db } = await makeJobTable());
  });

  it.each(KINDS)('%s its effect: nothing is lost, nothing told twice', MINUTES, async (kind) => {
    let n = 0;
    let failed = true;
    while (failed) {
      n++;
      const store = withJobFaults(table);
      const world = await makeWorld(store);
      const id = `${kind}-${n}`;
      const event = { images: [`https://a.example.com/${id}`, 'https://a.example.com/2'] };
      store.failAt(n, kind);
      const callsBefore = store.calls();
      const first = await world.send(id, event);
      if (!first.ok) {
        // A typed failure: the sender comes again.
        expect(first.failure).toEqual({ code: 'jobs_unavailable' });
        expect((await world.send(id, event)).ok).toBe(true);
      }
      await world.run(world.nowMs() + MINUTES_10);
      failed = store.calls() - callsBefore >= n;

      const rows = await readJob(id);
      expect(rows, `n = ${n}`).toMatchObject({
        state: 'done',
        deliveries: 2,
        delivered: 2,
        attempts_open: failed ? expect.any(Number) : 0,
      });
      // One message for each picture, known by its id, however often it was tried.
      const ids = new Set(world.heard.map((heard) => heard.id));
      expect(ids.size).toBe(2);
      // Only where the answer of the receiver could not be written down is it asked twice.
      expect(world.heard.length).toBeLessThanOrEqual(failed ? 3 : 2);
      // At most the picture at hand is looked at again.
      expect(world.inferences.length).toBeLessThanOrEqual(failed ? 3 : 2);
    }
    // As many faults as there are calls between an event and its callbacks.
    expect(n).toBeGreaterThan(12);
  });

  async function readJob(messageId: string): Promise<unknown> {
    return db
      .prepare(
        `SELECT state,
          (SELECT count(*) FROM deliveries WHERE job = jobs.id) AS deliveries,
          (SELECT count(*) FROM deliveries
            WHERE job = jobs.id AND state = 'delivered') AS delivered,
          (SELECT count(*) FROM attempts JOIN deliveries ON deliveries.id = delivery
            WHERE job = jobs.id AND outcome = 'started') AS attempts_open
        FROM jobs WHERE message_id = ?1`,
      )
      .bind(messageId)
      .first();
  }
});
