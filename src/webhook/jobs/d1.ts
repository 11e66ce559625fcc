import { createDeliveryTable } from './d1-deliveries.ts';
import { createJobReads } from './d1-reads.ts';
import { LOST_AFTER_MS } from './limits.ts';
import { type ImageRow, type JobRow, toJob } from './rows.ts';
import type { JobStore } from './store.ts';

/** The job table in D1 (migrations/). A batch is a transaction there. */
export function createD1Jobs(db: D1Database): JobStore {
  return {
    ...createIntake(db),
    ...createHolds(db),
    ...createOutcomes(db),
    ...createDeliveryTable(db),
    ...createJobReads(db),
  };
}

/** Becomes a job. */
function createIntake(db: D1Database): Pick<JobStore, 'accept'> {
  return {
    async accept(job, nowMs) {
      const { id, source, messageId, bodySha256, model = null } = job;
      const metadata = JSON.stringify(job.metadata);
      const images = job.images.map(({ reference, senderId = null }, position) => {
        return { position, reference, senderId };
      });
      const results = await db.batch<{ id: string; body_sha256: string }>([
        db
          .prepare(INSERT_JOB)
          .bind(id, source, messageId, bodySha256, model, metadata, nowMs, nowMs),
        db.prepare(INSERT_IMAGES).bind(id, JSON.stringify(images)),
        db.prepare(COUNT_AGAIN).bind(bodySha256, source, messageId, id),
        db
          .prepare('SELECT id, body_sha256 FROM jobs WHERE source = ?1 AND message_id = ?2')
          .bind(source, messageId),
      ]);
      const found = results[3]?.results[0];
      if (found === undefined) throw new Error('accept: the job is not there after its insert');
      if (found.id === id) return { id, as: 'new' };
      return { id: found.id, as: found.body_sha256 === bodySha256 ? 'duplicate' : 'different' };
    },
  };
}

type Holds = Pick<JobStore, 'hold' | 'keepHold' | 'postpone' | 'giveBack' | 'bury'>;

/** Who works on it. */
function createHolds(db: D1Database): Holds {
  return {
    async hold(id, holder, nowMs, heldMs) {
      const results = await db.batch<JobRow | ImageRow>([
        db.prepare(HOLD_JOB).bind(id, holder, nowMs, nowMs + heldMs),
        db.prepare('SELECT * FROM images WHERE job = ?1 ORDER BY position').bind(id),
      ]);
      const row = results[0]?.results[0] as JobRow | undefined;
      if (row === undefined) return undefined;
      return { holder, job: toJob(row, (results[1]?.results ?? []) as ImageRow[]) };
    },
    async keepHold({ job, holder }, untilMs) {
      const kept = await db.prepare(KEEP_HOLD).bind(job.id, holder, untilMs).run();
      return kept.meta.changes === 1;
    },
    async postpone({ job, holder }, beginMs) {
      await db
        .prepare(POSTPONE)
        .bind(job.id, holder, beginMs, beginMs + LOST_AFTER_MS)
        .run();
    },
    async giveBack({ job, holder }, error, nowMs) {
      await db
        .prepare(GIVE_BACK)
        .bind(job.id, holder, error, nowMs + LOST_AFTER_MS)
        .run();
    },
    async bury(id, cause, nowMs, holder) {
      await db
        .prepare(BURY)
        .bind(id, cause, nowMs, holder ?? null)
        .run();
    },
  };
}

type Outcomes = Pick<JobStore, 'noteFetched' | 'finishImage' | 'finishJob'>;

/** What became of it. */
function createOutcomes(db: D1Database): Outcomes {
  return {
    async noteFetched(job, position, sha256) {
      const row = await db
        .prepare(NOTE_FETCHED)
        .bind(job, position, sha256)
        .first<Pick<ImageRow, 'sha256'>>();
      return row?.sha256 ?? sha256;
    },
    async finishImage({ job, holder }, position, { outcome, callback }, nowMs) {
      const statements = [
        db.prepare(FINISH_IMAGE).bind(job.id, position, JSON.stringify(outcome), holder),
      ];
      if (callback !== undefined) {
        const { id, body } = callback;
        statements.push(
          db
            .prepare(INSERT_DELIVERY)
            .bind(job.id, id, position, holder, body, nowMs, nowMs + LOST_AFTER_MS),
        );
      }
      const [finished] = await db.batch(statements);
      return finished?.meta.changes === 1;
    },
    async finishJob({ job, holder }, nowMs) {
      await db.prepare(FINISH_JOB).bind(job.id, holder, nowMs).run();
    },
  };
}

const INSERT_JOB = `INSERT INTO jobs
  (id, source, message_id, body_sha256, model, metadata, state, created_ms, due_ms)
  VALUES (?1, ?2, ?3, ?4, ?5, ?6, 'queued', ?7, ?8)
  ON CONFLICT (source, message_id) DO NOTHING`;

/** Only with its job: the loser of a race brings no pictures. */
const INSERT_IMAGES = `INSERT INTO images (job, position, reference, sender_id)
  SELECT ?1, json_extract(value, '$.position'), json_extract(value, '$.reference'),
    json_extract(value, '$.senderId')
  FROM json_each(?2) WHERE EXISTS (SELECT 1 FROM jobs WHERE id = ?1)`;

const COUNT_AGAIN = `UPDATE jobs SET duplicates = duplicates + (body_sha256 = ?1),
  other_bodies = other_bodies + (body_sha256 <> ?1)
  WHERE source = ?2 AND message_id = ?3 AND id <> ?4`;

const HOLD_JOB = `UPDATE jobs
  SET holder = ?2, held_until_ms = ?4, due_ms = ?4, tries = tries + 1
  WHERE id = ?1 AND state = 'queued' AND held_until_ms <= ?3 RETURNING *`;

const KEEP_HOLD = `UPDATE jobs SET held_until_ms = ?3, due_ms = ?3
  WHERE id = ?1 AND holder = ?2 AND state = 'queued'`;

const NOTE_FETCHED = `UPDATE images SET sha256 = coalesce(sha256, ?3)
  WHERE job = ?1 AND position = ?2 RETURNING sha256`;

const HELD = "EXISTS (SELECT 1 FROM jobs WHERE id = ?1 AND holder = ?4 AND state = 'queued')";

const FINISH_IMAGE = `UPDATE images SET outcome = ?3
  WHERE job = ?1 AND position = ?2 AND outcome IS NULL AND ${HELD}`;

/** In the same transaction as the outcome, and once by its id, whoever comes again. */
const INSERT_DELIVERY = `INSERT INTO deliveries (id, job, position, body, state, next_ms, due_ms)
  SELECT ?2, ?1, ?3, ?5, 'waiting', ?6, ?7 WHERE ${HELD}
  ON CONFLICT (id) DO NOTHING`;

const FINISH_JOB = `UPDATE jobs
  SET state = 'done', finished_ms = ?3, held_until_ms = 0, last_error = NULL
  WHERE id = ?1 AND holder = ?2 AND state = 'queued'
    AND NOT EXISTS (SELECT 1 FROM images WHERE job = ?1 AND outcome IS NULL)`;

/** Held by nobody until then, so that a message that comes early does not begin it. */
const POSTPONE = `UPDATE jobs SET holder = NULL, held_until_ms = ?3, due_ms = ?4
  WHERE id = ?1 AND holder = ?2 AND state = 'queued'`;

const GIVE_BACK = `UPDATE jobs
  SET holder = NULL, held_until_ms = 0, last_error = ?3, due_ms = ?4
  WHERE id = ?1 AND holder = ?2 AND state = 'queued'`;

/** Not while somebody else works on it, or waits to: they may do better. */
const BURY = `UPDATE jobs SET state = 'dead', cause = ?2, finished_ms = ?3, held_until_ms = 0
  WHERE id = ?1 AND state = 'queued' AND (held_until_ms <= ?3 OR holder = ?4)`;
