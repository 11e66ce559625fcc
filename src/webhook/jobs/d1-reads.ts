import { LOST_AFTER_MS } from './limits.ts';
import {
  type AttemptRow,
  type DeliveryRow,
  type ImageRow,
  type JobRow,
  toAttempt,
  toDelivery,
  toJob,
} from './rows.ts';
import type { JobStore } from './store.ts';

type Reads = Pick<JobStore, 'find' | 'list' | 'redrive' | 'deleteFinished'>;

/** What people look at, begin again and let go. */
export function createJobReads(db: D1Database): Reads {
  return {
    async find(id) {
      const results = await db.batch<JobRow | ImageRow | DeliveryRow | AttemptRow>([
        db.prepare('SELECT * FROM jobs WHERE id = ?1').bind(id),
        db.prepare('SELECT * FROM images WHERE job = ?1 ORDER BY position').bind(id),
        db.prepare(DELIVERIES).bind(id),
        db.prepare(ATTEMPTS).bind(id),
      ]);
      const [jobs, images, deliveries, attempts] = results.map(({ results: rows }) => rows);
      const row = jobs?.[0] as JobRow | undefined;
      if (row === undefined) return undefined;
      return {
        job: toJob(row, (images ?? []) as ImageRow[]),
        deliveries: ((deliveries ?? []) as DeliveryRow[]).map(toDelivery),
        attempts: ((attempts ?? []) as AttemptRow[]).map(toAttempt),
      };
    },
    async list({ source = null, state = null, before = null, limit }) {
      const bound = [source, state, before, limit] as const;
      const [jobs, images] = await db.batch<JobRow | ImageRow>([
        db.prepare(`SELECT * FROM jobs WHERE ${FILTER}`).bind(...bound),
        db.prepare(IMAGES_OF_PAGE).bind(...bound),
      ]);
      const rows = (jobs?.results ?? []) as JobRow[];
      return rows.map((row) => toJob(row, (images?.results ?? []) as ImageRow[]));
    },
    async redrive(id, receiver, nowMs) {
      const [begun] = await db.batch([
        db.prepare(BEGIN_AGAIN).bind(id, nowMs + LOST_AFTER_MS),
        db.prepare(REPLACE_CALLBACKS).bind(id),
        db.prepare(FORGET_FAILED_IMAGES).bind(id),
        db.prepare(DELIVER_AGAIN).bind(id, nowMs, nowMs + LOST_AFTER_MS),
        db.prepare('DELETE FROM receivers WHERE url = ?1').bind(receiver ?? ''),
      ]);
      return begun?.meta.changes === 1;
    },
    async deleteFinished(beforeMs, limit) {
      const [, , , deleted] = await db.batch([
        db
          .prepare(`DELETE FROM attempts WHERE delivery IN
          (SELECT id FROM deliveries WHERE job IN (${OLD}))`)
          .bind(beforeMs, limit),
        db.prepare(`DELETE FROM deliveries WHERE job IN (${OLD})`).bind(beforeMs, limit),
        db.prepare(`DELETE FROM images WHERE job IN (${OLD})`).bind(beforeMs, limit),
        db.prepare(`DELETE FROM jobs WHERE id IN (${OLD})`).bind(beforeMs, limit),
      ]);
      return deleted?.meta.changes ?? 0;
    },
  };
}

const DELIVERIES = `SELECT deliveries.*, source FROM deliveries JOIN jobs ON jobs.id = job
  WHERE job = ?1 ORDER BY position, deliveries.id`;

const ATTEMPTS = `SELECT attempts.* FROM attempts JOIN deliveries ON deliveries.id = delivery
  WHERE job = ?1 ORDER BY delivery, attempts.attempt`;

/** Ids are in the order of time, so a page begins where the last one ended. */
const FILTER = `(?1 IS NULL OR source = ?1) AND (?2 IS NULL OR state = ?2)
  AND (?3 IS NULL OR id < ?3) ORDER BY id DESC LIMIT ?4`;

const IMAGES_OF_PAGE = `SELECT * FROM images
  WHERE job IN (SELECT id FROM jobs WHERE ${FILTER}) ORDER BY job, position`;

/** Whatever is done well stays done. Whoever works on it loses his hold, and with it all effect. */
const BEGIN_AGAIN = `UPDATE jobs SET state = 'queued', cause = NULL, last_error = NULL, tries = 0,
  due_ms = ?2, holder = NULL, held_until_ms = 0, finished_ms = NULL WHERE id = ?1`;

const FAILED = 'outcome LIKE \'{"status":"failed"%\'';

/** A picture's second outcome has a message of its own; what was told of the first stays told. */
const REPLACE_CALLBACKS = `UPDATE deliveries SET state = 'replaced'
  WHERE job = ?1 AND state <> 'delivered' AND position IN
    (SELECT position FROM images WHERE job = ?1 AND ${FAILED})`;

const FORGET_FAILED_IMAGES = `UPDATE images SET outcome = NULL, sha256 = NULL
  WHERE job = ?1 AND ${FAILED}`;

const DELIVER_AGAIN = `UPDATE deliveries
  SET state = 'waiting', attempts_before = attempt, next_ms = ?2, due_ms = ?3
  WHERE job = ?1 AND state IN ('failed', 'disabled')`;

/** Nothing goes while something of it is still to be sent. */
const OLD = `SELECT id FROM jobs WHERE state <> 'queued' AND finished_ms < ?1
  AND NOT EXISTS (SELECT 1 FROM deliveries WHERE job = jobs.id AND state = 'waiting')
  ORDER BY finished_ms LIMIT ?2`;
