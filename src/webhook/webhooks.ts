import { fail, ok, type Result } from '../result.ts';
import type { PayloadFailure } from './extract.ts';
import { verifyInbound } from './inbound.ts';
import { acceptEvent, acceptUpload } from './jobs/accept.ts';
import { type ClassifyJobDeps, classifyJob } from './jobs/classify-job.ts';
import {
  type ConsumeDeps,
  consume,
  consumeDead,
  consumeUploads,
  type Received,
} from './jobs/consume.ts';
import type { DeliverDeps } from './jobs/deliver-callback.ts';
import type { Job } from './jobs/job.ts';
import type { Upload } from './jobs/messages.ts';
import type { Accepted, JobDetails, JobFilter, JobStore } from './jobs/store.ts';
import { type Swept, sweep } from './jobs/sweep.ts';
import { INBOUND_BODY_BYTES_MAX } from './limits.ts';
import type { Source } from './source.ts';
import { INBOUND_STATUS, type InboundCode } from './verify/failure.ts';
import type { HeaderFields } from './verify/header-fields.ts';

/** What a sender is told. Why a signature did not hold is for the log alone. */
export type WebhookFailure =
  | { readonly code: 'unknown_source' }
  | { readonly code: 'webhook_unauthorized' }
  | { readonly code: 'bad_webhook'; readonly reason: string }
  | { readonly code: 'body_too_large'; readonly bytesMax: number }
  | JobsUnavailable;

/** The job table did not answer: nothing was taken on, and the same may go well later. */
export type JobsUnavailable = { readonly code: 'jobs_unavailable' };

/** Events in, jobs done, callbacks out. */
export interface Webhooks {
  /** Of an event. */
  readonly bodyBytesMax: number;
  receive(
    source: string,
    headers: HeaderFields,
    body: Uint8Array<ArrayBuffer>,
  ): Promise<Result<Accepted, WebhookFailure>>;
  /** Works on a job at once, for a caller that waits; the queue finds it done. */
  tryWork(job: string): Promise<void>;
  find(job: string): Promise<Result<JobDetails | undefined, JobsUnavailable>>;
  list(filter: JobFilter): Promise<Result<readonly Job[], JobsUnavailable>>;
  /** False: there is no such job. */
  redrive(job: string): Promise<Result<boolean, JobsUnavailable>>;
  consume(messages: readonly Received[]): Promise<void>;
  consumeDead(messages: readonly Received[]): Promise<void>;
  consumeUploads(messages: readonly Received[]): Promise<void>;
  sweep(): Promise<Result<Swept, JobsUnavailable>>;
}

export interface WebhookRooms {
  readonly store: JobStore;
  readonly sources: ReadonlyMap<string, Source>;
  readonly work: ClassifyJobDeps;
  readonly deliver: DeliverDeps;
  /** For objects in the uploads bucket; undefined is the service's default. */
  readonly uploadsModel: string | undefined;
  /** Whether it tells of our own note in an object's metadata. */
  isOwnNote(upload: Upload): Promise<boolean>;
  readonly retentionMs: number;
  readonly random: (bytes: Uint8Array) => void;
  tell(event: string, facts: Readonly<Record<string, string>>): void;
}

export function createWebhooks(rooms: WebhookRooms): Webhooks {
  const { store, sources, work, tell } = rooms;
  const { clock, outbox } = work;
  const accepting = { store, outbox, clock, random: rooms.random };
  const tellMessage: ConsumeDeps['tell'] = (code, message, reason) => {
    tell('queue_message', { code, message: JSON.stringify(message) ?? '', reason });
  };
  const consuming = { classify: work, deliver: rooms.deliver, tell: tellMessage };
  const uploading = {
    tell: tellMessage,
    async accept(upload: Upload) {
      if (await rooms.isOwnNote(upload)) return;
      await acceptUpload(upload, rooms.uploadsModel, accepting);
    },
  };
  /** D1 throws whatever it throws; callers are told to come again. */
  async function ask<T>(question: () => Promise<T>): Promise<Result<T, JobsUnavailable>> {
    try {
      return ok(await question());
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      tell('jobs_unavailable', { reason });
      return fail({ code: 'jobs_unavailable' });
    }
  }
  return {
    bodyBytesMax: INBOUND_BODY_BYTES_MAX,
    async receive(name, headers, body) {
      const source = sources.get(name);
      if (source?.kind !== 'signed') return fail({ code: 'unknown_source' });
      const event = await verifyInbound(source, headers, body, clock());
      if (!event.ok) {
        tell('webhook_refused', { source: name, code: event.failure.code });
        return fail(toWebhookFailure(event.failure));
      }
      const accepted = await ask(() => acceptEvent(event.value, accepting));
      if (accepted.ok && accepted.value.as === 'different') {
        tell('webhook_body_differs', { source: name, job: accepted.value.id });
      }
      return accepted;
    },
    async tryWork(job) {
      await ask(() => classifyJob(job, work));
    },
    find: (job) => ask(() => store.find(job)),
    list: (filter) => ask(() => store.list(filter)),
    redrive: (job) => ask(() => redrive(rooms, job)),
    consume: (messages) => consume(messages, consuming),
    consumeDead: (messages) => consumeDead(messages, { ...uploading, store, clock }),
    consumeUploads: (messages) => consumeUploads(messages, uploading),
    sweep: () =>
      ask(() => sweep(store, outbox, { nowMs: clock(), retentionMs: rooms.retentionMs })),
  };
}

/** Whoever asks has mended something: a receiver that was switched off is tried again. */
async function redrive({ store, sources, work }: WebhookRooms, id: string): Promise<boolean> {
  const found = await store.find(id);
  const receiver = sources.get(found?.job.source ?? '')?.callback?.url;
  if (found === undefined || !(await store.redrive(id, receiver, work.clock()))) return false;
  const after = await store.find(id);
  const waiting = after?.deliveries.filter(({ state }) => state === 'waiting') ?? [];
  const deliveries = waiting.map((delivery) => ({ do: 'deliver', delivery: delivery.id }) as const);
  await work.outbox.trySend([{ do: 'classify', job: id }, ...deliveries], 0);
  return true;
}

function toWebhookFailure(
  failure: { readonly code: InboundCode } | PayloadFailure,
): WebhookFailure {
  const { code } = failure;
  const status = code in INBOUND_STATUS ? INBOUND_STATUS[code as InboundCode] : 400;
  if (status === 401) return { code: 'webhook_unauthorized' };
  if (status === 413) return { code: 'body_too_large', bytesMax: INBOUND_BODY_BYTES_MAX };
  return { code: 'bad_webhook', reason: code };
}
