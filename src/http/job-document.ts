import type { AttemptRecord, Delivery, Job, JobImage } from '../webhook/jobs/job.ts';
import type { JobDetails } from '../webhook/jobs/store.ts';

/** A job as the API tells it. Times are ISO 8601. */
export function toJobDocument({ job, deliveries, attempts }: JobDetails): object {
  return {
    ...toJobLine(job),
    images: job.images.map(toImage),
    callbacks: deliveries.map((delivery) => ({
      ...toCallback(delivery),
      attempts: attempts.filter((record) => record.delivery === delivery.id).map(toAttempt),
    })),
  };
}

/** Without pictures and callbacks, for lists. */
export function toJobLine(job: Job): object {
  return {
    id: job.id,
    source: job.source,
    message_id: job.messageId,
    state: job.state,
    created: toTime(job.createdMs),
    ...(job.finishedMs !== undefined && { finished: toTime(job.finishedMs) }),
    tries: job.tries,
    duplicates: job.duplicates,
    other_bodies: job.otherBodies,
    metadata: job.metadata,
    ...(job.cause !== undefined && { cause: job.cause }),
    ...(job.lastError !== undefined && { last_error: job.lastError }),
  };
}

function toImage({ position, senderId: id, reference, sha256, outcome }: JobImage): object {
  return {
    position,
    ...(id !== undefined && { id }),
    reference,
    ...(sha256 !== undefined && { sha256 }),
    ...outcome,
  };
}

function toCallback({ id, position, state, nextMs }: Delivery): object {
  return { id, position, state, ...(state === 'waiting' && { next: toTime(nextMs) }) };
}

function toAttempt({ attempt, atMs, outcome, status, ms, cause }: AttemptRecord): object {
  return {
    attempt,
    at: toTime(atMs),
    outcome,
    ...(status !== undefined && { status }),
    ...(ms !== undefined && { ms }),
    ...(cause !== undefined && { cause }),
  };
}

function toTime(ms: number): string {
  return new Date(ms).toISOString();
}
