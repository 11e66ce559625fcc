import * as z from 'zod';

/** What travels through the queues: names of work, never the work itself. */
export type JobMessage =
  | { readonly do: 'classify'; readonly job: string }
  | { readonly do: 'deliver'; readonly delivery: string };

const id = z.string().min(1).max(300);

export const jobMessageSchema: z.ZodType<JobMessage> = z.discriminatedUnion('do', [
  z.strictObject({ do: z.literal('classify'), job: id }),
  z.strictObject({ do: z.literal('deliver'), delivery: id }),
]);

/** A notification of a bucket, as far as it matters (Cloudflare R2, event notifications). */
export const uploadSchema: z.ZodType<Upload> = z.object({
  action: z.string(),
  bucket: z.string().min(1).max(63),
  object: z.object({
    key: z.string().min(1).max(1024),
    eTag: z.string().min(1).max(200).optional(),
  }),
});

export interface Upload {
  readonly action: string;
  readonly bucket: string;
  readonly object: { readonly key: string; readonly eTag?: string | undefined };
}

/**
 * Sends messages, each to the queue of its kind. That a queue is away is counted and no failure:
 * what is due stands in the job table, and the sweep sends it again.
 */
export interface Outbox {
  trySend(messages: readonly JobMessage[], delaySeconds: number): Promise<void>;
}
