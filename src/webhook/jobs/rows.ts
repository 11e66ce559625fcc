import type { Digest } from '../../digest.ts';
import type { AttemptRecord, Delivery, Job, JobImage, JobState } from './job.ts';

/** Rows as D1 gives them: NULL for what is not there, texts of JSON. */
export interface JobRow {
  readonly id: string;
  readonly source: string;
  readonly message_id: string;
  readonly model: string | null;
  readonly metadata: string;
  readonly state: JobState;
  readonly created_ms: number;
  readonly finished_ms: number | null;
  readonly tries: number;
  readonly duplicates: number;
  readonly other_bodies: number;
  readonly cause: string | null;
  readonly last_error: string | null;
}

export interface ImageRow {
  readonly job: string;
  readonly position: number;
  readonly reference: string;
  readonly sender_id: string | null;
  readonly sha256: Digest | null;
  readonly outcome: string | null;
}

export interface DeliveryRow {
  readonly id: string;
  readonly job: string;
  readonly source: string;
  readonly position: number;
  readonly body: string;
  readonly state: Delivery['state'];
  readonly attempt: number;
  readonly attempts_before: number;
  readonly next_ms: number;
}

export interface AttemptRow {
  readonly delivery: string;
  readonly attempt: number;
  readonly at_ms: number;
  readonly outcome: AttemptRecord['outcome'];
  readonly status: number | null;
  readonly ms: number | null;
  readonly cause: string | null;
}

export function toJob(row: JobRow, images: readonly ImageRow[]): Job {
  return {
    id: row.id,
    source: row.source,
    messageId: row.message_id,
    model: row.model ?? undefined,
    metadata: JSON.parse(row.metadata),
    state: row.state,
    createdMs: row.created_ms,
    finishedMs: row.finished_ms ?? undefined,
    tries: row.tries,
    duplicates: row.duplicates,
    otherBodies: row.other_bodies,
    cause: row.cause ?? undefined,
    lastError: row.last_error ?? undefined,
    images: images.filter(({ job }) => job === row.id).map(toImage),
  };
}

function toImage(row: ImageRow): JobImage {
  return {
    position: row.position,
    reference: row.reference,
    senderId: row.sender_id ?? undefined,
    sha256: row.sha256 ?? undefined,
    outcome: row.outcome === null ? undefined : JSON.parse(row.outcome),
  };
}

export function toDelivery(row: DeliveryRow): Delivery {
  const { id, job, source, position, body, state, attempt } = row;
  const { attempts_before: attemptsBefore, next_ms: nextMs } = row;
  return { id, job, source, position, body, state, attempt, attemptsBefore, nextMs };
}

export function toAttempt(row: AttemptRow): AttemptRecord {
  return {
    delivery: row.delivery,
    attempt: row.attempt,
    atMs: row.at_ms,
    outcome: row.outcome,
    status: row.status ?? undefined,
    ms: row.ms ?? undefined,
    cause: row.cause ?? undefined,
  };
}
