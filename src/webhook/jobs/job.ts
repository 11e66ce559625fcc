import type { Digest } from '../../digest.ts';
import type { JSONValue } from '../locator.ts';

/** `dead`: it failed in a way that no picture is to blame for; its cause says how. */
export type JobState = 'queued' | 'done' | 'dead';

/** What became of one picture, as callbacks and GET /v1/jobs/{id} tell it. */
export type ImageOutcome =
  | { readonly status: 'classified'; readonly answer: Readonly<Record<string, unknown>> }
  | { readonly status: 'failed'; readonly failure: { readonly code: string } };

export interface JobImage {
  readonly position: number;
  /** A URL, or a key in the uploads bucket (source `uploads`). */
  readonly reference: string;
  /** What its sender calls it. */
  readonly senderId: string | undefined;
  /** Of the bytes as they were first fetched. */
  readonly sha256: Digest | undefined;
  readonly outcome: ImageOutcome | undefined;
}

export interface Job {
  readonly id: string;
  readonly source: string;
  readonly messageId: string;
  /** Undefined: the service's default. */
  readonly model: string | undefined;
  readonly metadata: Readonly<Record<string, JSONValue>>;
  readonly state: JobState;
  readonly createdMs: number;
  readonly finishedMs: number | undefined;
  /** How often somebody began to work on it. */
  readonly tries: number;
  readonly duplicates: number;
  readonly otherBodies: number;
  readonly cause: string | undefined;
  /** What last went wrong that no picture is to blame for. */
  readonly lastError: string | undefined;
  readonly images: readonly JobImage[];
}

export type DeliveryState = 'waiting' | 'delivered' | 'failed' | 'disabled' | 'replaced';

export interface Delivery {
  /** `webhook-id` of the callback. */
  readonly id: string;
  readonly job: string;
  /** Of its job. */
  readonly source: string;
  readonly position: number;
  /** JSON, exactly as it is signed and sent. */
  readonly body: string;
  readonly state: DeliveryState;
  /** Attempts begun. */
  readonly attempt: number;
  /** Of these, before somebody began it again. */
  readonly attemptsBefore: number;
  readonly nextMs: number;
}

export interface AttemptRecord {
  readonly delivery: string;
  readonly attempt: number;
  readonly atMs: number;
  /** `started` where nobody lived to tell the end. */
  readonly outcome: 'started' | 'delivered' | 'retry' | 'failed' | 'disabled';
  readonly status: number | undefined;
  readonly ms: number | undefined;
  readonly cause: string | undefined;
}
