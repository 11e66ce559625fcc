import type { Digest } from '../../digest.ts';
import type { JSONValue } from '../locator.ts';
import type { AttemptRecord, Delivery, ImageOutcome, Job, JobState } from './job.ts';

export interface NewJob {
  readonly id: string;
  readonly source: string;
  readonly messageId: string;
  readonly bodySha256: Digest;
  readonly model: string | undefined;
  readonly metadata: Readonly<Record<string, JSONValue>>;
  readonly images: ReadonlyArray<{
    readonly reference: string;
    readonly senderId: string | undefined;
  }>;
}

export interface Accepted {
  readonly id: string;
  /** `different`: the same id came before with another body. */
  readonly as: 'new' | 'duplicate' | 'different';
}

/** A job that this consumer alone works on, while it holds it. */
export interface HeldJob {
  readonly job: Job;
  readonly holder: string;
}

export interface Finished {
  readonly outcome: ImageOutcome;
  /** Sent to the source's receiver, where it has one. */
  readonly callback: { readonly id: string; readonly body: string } | undefined;
}

export interface JobFilter {
  readonly source?: string | undefined;
  readonly state?: JobState | undefined;
  /** Ids below it, newest first. */
  readonly before?: string | undefined;
  readonly limit: number;
}

export interface JobDetails {
  readonly job: Job;
  readonly deliveries: readonly Delivery[];
  readonly attempts: readonly AttemptRecord[];
}

export interface Sent {
  readonly jobs?: readonly string[];
  readonly deliveries?: readonly string[];
}

/**
 * The job table: what was asked, done and sent. Every method is one transaction; whoever loses a
 * race is told by the answer, and effects are made once. All times are given by the caller.
 */
export interface JobStore {
  /** Unique by source and message id, however many come at once. */
  accept(job: NewJob, nowMs: number): Promise<Accepted>;
  /** Undefined: done, not there, or held by somebody else. */
  hold(id: string, holder: string, nowMs: number, heldMs: number): Promise<HeldJob | undefined>;
  /** Holds it on, for a job of many pictures; false: the hold was lost. */
  keepHold(held: HeldJob, untilMs: number): Promise<boolean>;
  /** Records what was fetched first; answers what is on record. */
  noteFetched(job: string, position: number, sha256: Digest): Promise<Digest>;
  /** False: the hold was lost, or the picture had its outcome. */
  finishImage(held: HeldJob, position: number, finished: Finished, nowMs: number): Promise<boolean>;
  /** The job is done when each picture has its outcome. */
  finishJob(held: HeldJob, nowMs: number): Promise<void>;
  /** Lets go of it; nobody begins it again before `beginMs`. */
  postpone(held: HeldJob, beginMs: number): Promise<void>;
  /** Lets go of it after something broke, for whoever comes next. */
  giveBack(held: HeldJob, error: string, nowMs: number): Promise<void>;
  /** No more tries, unless another than `holder` is at it; redrive begins it again. */
  bury(id: string, cause: string, nowMs: number, holder?: string): Promise<void>;

  holdDelivery(id: string, nowMs: number, heldMs: number): Promise<Delivery | undefined>;
  /** The end of the attempt that `holdDelivery` began. */
  endAttempt(
    delivery: Delivery,
    record: AttemptRecord,
    next: {
      readonly state: Delivery['state'];
      readonly nextMs: number;
      readonly dueMs: number;
    },
  ): Promise<void>;
  /** Whether the attempt that `holdDelivery` began may go to this address now. */
  admit(
    delivery: Delivery,
    to: { readonly url: string; readonly nowMs: number; readonly attemptsMax: number },
  ): Promise<'admitted' | 'busy' | 'disabled'>;
  /** It was not made, and counts as none. */
  putOff(
    delivery: Delivery,
    next: { readonly nextMs: number; readonly dueMs: number },
  ): Promise<void>;
  disable(url: string, cause: string, nowMs: number): Promise<void>;

  dueJobs(nowMs: number, limit: number): Promise<readonly string[]>;
  dueDeliveries(nowMs: number, limit: number): Promise<readonly string[]>;
  /** The next sweeps leave them alone until then: a message is on its way. */
  noteSent(sent: Sent, untilMs: number): Promise<void>;
  deleteFinished(beforeMs: number, limit: number): Promise<number>;

  find(id: string): Promise<JobDetails | undefined>;
  list(filter: JobFilter): Promise<readonly Job[]>;
  /** Begins again what failed: the job, its failed pictures, its callbacks. False: no such job. */
  redrive(id: string, receiver: string | undefined, nowMs: number): Promise<boolean>;
}
