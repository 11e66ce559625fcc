import { type ClassifyJobDeps, classifyJob } from './classify-job.ts';
import { type DeliverDeps, deliverCallback } from './deliver-callback.ts';
import { CLASSIFY_LANES } from './limits.ts';
import { type JobMessage, jobMessageSchema, type Upload, uploadSchema } from './messages.ts';
import type { JobStore } from './store.ts';

/** A message of a queue, as far as it is used. */
export interface Received {
  readonly body: unknown;
  ack(): void;
  retry(options?: { readonly delaySeconds?: number }): void;
}

export interface ConsumeDeps {
  readonly classify: ClassifyJobDeps;
  readonly deliver: DeliverDeps;
  /** What went wrong with a message, and what became of one that went wrong too often. */
  tell(code: string, message: unknown, reason: string): void;
}

/** Each message for itself: one that is slow or fails holds up no other. */
export async function consume(messages: readonly Received[], deps: ConsumeDeps): Promise<void> {
  const jobs: Received[] = [];
  const others: Received[] = [];
  for (const message of messages) {
    const kind = jobMessageSchema.safeParse(message.body);
    (kind.success && kind.data.do === 'classify' ? jobs : others).push(message);
  }
  const lanes = Array.from({ length: CLASSIFY_LANES }, async () => {
    for (let next = jobs.shift(); next !== undefined; next = jobs.shift()) {
      await consumeOne(next, deps);
    }
  });
  await Promise.all([...lanes, ...others.map((message) => consumeOne(message, deps))]);
}

async function consumeOne(message: Received, deps: ConsumeDeps): Promise<void> {
  const parsed = jobMessageSchema.safeParse(message.body);
  if (!parsed.success) {
    // Nobody here wrote it: no try makes it readable.
    deps.tell('bad_message', undefined, parsed.error.message);
    return message.ack();
  }
  try {
    await act(parsed.data, message, deps);
  } catch (thrown) {
    // D1 or the queue were away. The message stays, and the dead-letter queue is its end.
    deps.tell('message_failed', parsed.data, toReason(thrown));
    message.retry();
  }
}

async function act(message: JobMessage, received: Received, deps: ConsumeDeps): Promise<void> {
  if (message.do === 'deliver') {
    await deliverCallback(message.delivery, deps.deliver);
    return received.ack();
  }
  const end = await classifyJob(message.job, deps.classify);
  if (end === 'buried') deps.tell('tries_exhausted', message, '');
  received.ack();
}

/** Notifications of the uploads bucket. One that fails comes again alone. */
export async function consumeUploads(
  messages: readonly Received[],
  deps: UploadDeps,
): Promise<void> {
  for (const message of messages) {
    const upload = uploadSchema.safeParse(message.body);
    if (!upload.success) {
      deps.tell('bad_upload', undefined, upload.error.message);
      message.ack();
      continue;
    }
    try {
      await deps.accept(upload.data);
      message.ack();
    } catch (thrown) {
      deps.tell('upload_failed', upload.data, toReason(thrown));
      message.retry();
    }
  }
}

export interface UploadDeps {
  accept(upload: Upload): Promise<void>;
  tell(code: string, message: unknown, reason: string): void;
}

/**
 * The end of messages that failed as often as a queue tries: the job says so itself. An upload
 * whose job was never made is made now: there is no other trace of it.
 */
export async function consumeDead(
  messages: readonly Received[],
  deps: UploadDeps & { readonly store: JobStore; readonly clock: () => number },
): Promise<void> {
  const uploads: Received[] = [];
  for (const message of messages) {
    const parsed = jobMessageSchema.safeParse(message.body);
    if (!parsed.success) {
      uploads.push(message);
      continue;
    }
    try {
      // A callback's schedule stands in the job table: the sweep goes on with it.
      if (parsed.data.do === 'classify') {
        await deps.store.bury(parsed.data.job, 'dead_letter', deps.clock());
        deps.tell('dead_letter', parsed.data, '');
      }
      message.ack();
    } catch (thrown) {
      deps.tell('dead_letter_failed', parsed.data, toReason(thrown));
      message.retry();
    }
  }
  await consumeUploads(uploads, deps);
}

function toReason(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
