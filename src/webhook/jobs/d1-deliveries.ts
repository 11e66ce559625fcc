import { type DeliveryRow, toDelivery } from './rows.ts';
import type { JobStore } from './store.ts';

type Deliveries = Pick<
  JobStore,
  | 'holdDelivery'
  | 'endAttempt'
  | 'admit'
  | 'putOff'
  | 'disable'
  | 'dueJobs'
  | 'dueDeliveries'
  | 'noteSent'
>;

/** Callbacks and their attempts in D1, and what is due. */
export function createDeliveryTable(db: D1Database): Deliveries {
  async function ids(sql: string, nowMs: number, limit: number): Promise<readonly string[]> {
    const { results } = await db.prepare(sql).bind(nowMs, limit).all<{ id: string }>();
    return results.map(({ id }) => id);
  }
  return {
    async holdDelivery(id, nowMs, heldMs) {
      const [held] = await db.batch<DeliveryRow>([
        db.prepare(HOLD).bind(id, nowMs, nowMs + heldMs),
        db.prepare(BEGIN_ATTEMPT).bind(id, nowMs, nowMs + heldMs),
      ]);
      const row = held?.results[0];
      return row === undefined ? undefined : toDelivery(row);
    },
    async endAttempt({ id, attempt }, record, { state, nextMs, dueMs }) {
      const { outcome, status = null, ms = null, cause = null } = record;
      await db.batch([
        db.prepare(END_ATTEMPT).bind(id, attempt, outcome, status, ms, cause),
        db.prepare(LET_GO).bind(id, attempt, state, nextMs, dueMs),
      ]);
    },
    async admit({ id, attempt }, { url, nowMs, attemptsMax }) {
      const [disabled, admitted] = await db.batch([
        db.prepare('SELECT 1 FROM receivers WHERE url = ?1').bind(url),
        db.prepare(ADMIT).bind(id, attempt, url, nowMs, attemptsMax),
      ]);
      if (disabled?.results.length !== 0) return 'disabled';
      return admitted?.meta.changes === 1 ? 'admitted' : 'busy';
    },
    async putOff({ id, attempt }, { nextMs, dueMs }) {
      await db.batch([
        db.prepare('DELETE FROM attempts WHERE delivery = ?1 AND attempt = ?2').bind(id, attempt),
        db.prepare(PUT_OFF).bind(id, attempt, nextMs, dueMs),
      ]);
    },
    async disable(url, cause, nowMs) {
      await db.prepare(DISABLE).bind(url, nowMs, cause).run();
    },
    dueJobs: (nowMs, limit) => ids(DUE_JOBS, nowMs, limit),
    dueDeliveries: (nowMs, limit) => ids(DUE_DELIVERIES, nowMs, limit),
    async noteSent({ jobs = [], deliveries = [] }, untilMs) {
      const note = (sql: string, ids: readonly string[]) =>
        ids.length === 0 ? [] : [db.prepare(sql).bind(JSON.stringify(ids), untilMs)];
      await db.batch([...note(NOTE_JOBS_SENT, jobs), ...note(NOTE_DELIVERIES_SENT, deliveries)]);
    },
  };
}

const HOLD = `UPDATE deliveries SET held_until_ms = ?3, due_ms = ?3, attempt = attempt + 1
  WHERE id = ?1 AND state = 'waiting' AND next_ms <= ?2 AND held_until_ms <= ?2
  RETURNING *, (SELECT source FROM jobs WHERE jobs.id = job) AS source`;

/** Written before anything is sent: an attempt whose end nobody lived to record is seen. */
const BEGIN_ATTEMPT = `INSERT INTO attempts (delivery, attempt, at_ms, outcome)
  SELECT id, attempt, ?2, 'started' FROM deliveries WHERE id = ?1 AND held_until_ms = ?3
  ON CONFLICT DO NOTHING`;

const END_ATTEMPT = `UPDATE attempts SET outcome = ?3, status = ?4, ms = ?5, cause = ?6
  WHERE delivery = ?1 AND attempt = ?2`;

const LET_GO = `UPDATE deliveries SET state = ?3, next_ms = ?4, due_ms = ?5, held_until_ms = 0
  WHERE id = ?1 AND attempt = ?2 AND state = 'waiting'`;

/** One whose maker died counts until its hold runs out. */
const ADMIT = `UPDATE deliveries SET receiver = ?3
  WHERE id = ?1 AND attempt = ?2 AND state = 'waiting' AND (SELECT count(*)
    FROM deliveries AS other WHERE other.receiver = ?3 AND other.state = 'waiting'
      AND other.held_until_ms > ?4 AND other.id <> ?1) < ?5`;

const PUT_OFF = `UPDATE deliveries SET attempt = attempt - 1, held_until_ms = 0, receiver = NULL,
  next_ms = ?3, due_ms = ?4 WHERE id = ?1 AND attempt = ?2 AND state = 'waiting'`;

const DISABLE = `INSERT INTO receivers (url, disabled_ms, cause) VALUES (?1, ?2, ?3)
  ON CONFLICT (url) DO NOTHING`;

const DUE_JOBS = `SELECT id FROM jobs
  WHERE state = 'queued' AND due_ms <= ?1 AND held_until_ms <= ?1 ORDER BY due_ms LIMIT ?2`;

const DUE_DELIVERIES = `SELECT id FROM deliveries
  WHERE state = 'waiting' AND due_ms <= ?1 AND held_until_ms <= ?1 ORDER BY due_ms LIMIT ?2`;

/** Never earlier than it was: its consumer may have been quicker than this note. */
const NOTE_JOBS_SENT = `UPDATE jobs SET due_ms = max(due_ms, ?2)
  WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'queued'`;

const NOTE_DELIVERIES_SENT = `UPDATE deliveries SET due_ms = max(due_ms, ?2)
  WHERE id IN (SELECT value FROM json_each(?1)) AND state = 'waiting'`;
