import type { Digest } from '../../digest.ts';
import type { ImageOutcome, Job, JobImage } from './job.ts';

/** The body of a callback; docs/webhook-event.schema.json describes it. */
export interface CallbackEvent {
  readonly type: 'image.classified' | 'image.failed';
  /** ISO 8601: when the outcome was known. */
  readonly timestamp: string;
  readonly data: Readonly<Record<string, unknown>>;
}

export function toEvent(
  job: Job,
  image: JobImage,
  outcome: ImageOutcome,
  facts: { readonly sha256: Digest | undefined; readonly nowMs: number },
): CallbackEvent {
  const data = {
    job: job.id,
    source: job.source,
    message_id: job.messageId,
    metadata: job.metadata,
    image: {
      position: image.position,
      ...(image.senderId !== undefined && { id: image.senderId }),
      reference: image.reference,
      ...(facts.sha256 !== undefined && { sha256: facts.sha256 }),
    },
    ...(outcome.status === 'classified'
      ? { answer: outcome.answer }
      : { failure: outcome.failure }),
  };
  const type = outcome.status === 'classified' ? 'image.classified' : 'image.failed';
  return { type, timestamp: new Date(facts.nowMs).toISOString(), data };
}
