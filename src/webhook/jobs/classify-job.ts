import type { Digest } from '../../digest.ts';
import { fail, type Result } from '../../result.ts';
import { toEvent } from './event.ts';
import { deliveryId } from './ids.ts';
import type { ImageOutcome, Job, JobImage } from './job.ts';
import { ERROR_CHARS_MAX, RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX, TRIES_MAX } from './limits.ts';
import type { Outbox } from './messages.ts';
import type { HeldJob, JobStore } from './store.ts';

/** `passing`: the same may go well later. */
export interface WorkFailure {
  readonly code: string;
  readonly passing: boolean;
  readonly [fact: string]: unknown;
}

export interface Fetched {
  readonly sha256: Digest;
  readonly bytes: Uint8Array;
  /** Gives its memory back. */
  release(): void;
}

/** What is known of the bytes with this digest. */
export interface Noted {
  readonly outcome: ImageOutcome;
  readonly sha256: Digest;
}

export interface ClassifyJobDeps {
  readonly store: JobStore;
  readonly outbox: Outbox;
  readonly clock: () => number;
  readonly newHolder: () => string;
  readonly heldMs: number;
  fetchImage(job: Job, image: JobImage): Promise<Result<Fetched, WorkFailure>>;
  /** The body of POST /v1/classify's answer, without what is this run's alone. */
  classify(
    bytes: Uint8Array,
    model: string | undefined,
  ): Promise<Result<Readonly<Record<string, unknown>>, WorkFailure>>;
  /** Whether outcomes of this source are sent to somebody. */
  hasReceiver(source: string): boolean;
  /** For uploads: writes the labels beside the object, if that is configured. */
  annotate(job: Job, image: JobImage, noted: Noted): Promise<void>;
  /** A best effort that came to nothing. */
  countFailure(operation: string): void;
}

export type JobEnd = 'done' | 'not_mine' | 'later' | 'buried';

/**
 * Works on a job that nobody else holds. A crash at any point leaves the hold to run out; whoever
 * comes next finds the pictures that have their outcome, and does only the others.
 */
export async function classifyJob(id: string, deps: ClassifyJobDeps): Promise<JobEnd> {
  const { store, clock } = deps;
  const held = await store.hold(id, deps.newHolder(), clock(), deps.heldMs);
  if (held === undefined) return 'not_mine';
  // Passing failures end as outcomes before this: so many tries ended in crashes.
  if (held.job.tries > TRIES_MAX) {
    await store.bury(id, 'tries_exhausted', clock(), held.holder);
    return 'buried';
  }
  try {
    return await classifyImages(held, deps);
  } catch (thrown) {
    await tryGiveBack(held, thrown, deps);
    throw thrown;
  }
}

async function classifyImages(held: HeldJob, deps: ClassifyJobDeps): Promise<JobEnd> {
  const { store, clock, outbox } = deps;
  const { job } = held;
  let later = false;
  for (const [i, image] of job.images.filter(({ outcome }) => outcome === undefined).entries()) {
    // A hold is long enough for one picture.
    if (i > 0 && !(await store.keepHold(held, clock() + deps.heldMs))) return 'not_mine';
    const done = await classifyImage(held, image, deps);
    if (done === 'lost') return 'not_mine';
    // The others do not wait for this one's network.
    later ||= done === 'later';
  }
  if (!later) {
    await store.finishJob(held, clock());
    return 'done';
  }
  const laterSeconds = retrySeconds(job.tries);
  await store.postpone(held, clock() + laterSeconds * 1000);
  await outbox.trySend([{ do: 'classify', job: job.id }], laterSeconds);
  return 'later';
}

/** The next try needs the hold; where the job table itself is away, it runs out by itself. */
async function tryGiveBack(held: HeldJob, thrown: unknown, deps: ClassifyJobDeps): Promise<void> {
  const error = thrown instanceof Error ? thrown.message : String(thrown);
  try {
    await deps.store.giveBack(held, error.slice(0, ERROR_CHARS_MAX), deps.clock());
  } catch {
    deps.countFailure('give_back');
  }
}

/** After its last try a passing failure is the outcome. */
async function classifyImage(
  held: HeldJob,
  image: JobImage,
  deps: ClassifyJobDeps,
): Promise<'finished' | 'lost' | 'later'> {
  const { job, holder } = held;
  const { sha256, result } = await work(job, image, deps);
  if (!result.ok && result.failure.passing && job.tries < TRIES_MAX) return 'later';
  const outcome = toOutcome(result);
  const nowMs = deps.clock();
  const event = toEvent(job, image, outcome, { sha256, nowMs });
  const callback = deps.hasReceiver(job.source)
    ? { id: deliveryId(job.id, image.position, holder), body: JSON.stringify(event) }
    : undefined;
  // Before the outcome is on record: a crash between the two writes it twice, the same.
  if (sha256 !== undefined) await deps.annotate(job, image, { outcome, sha256 });
  const mine = await deps.store.finishImage(held, image.position, { outcome, callback }, nowMs);
  if (!mine) return 'lost';
  if (callback !== undefined) {
    await deps.outbox.trySend([{ do: 'deliver', delivery: callback.id }], 0);
  }
  return 'finished';
}

type Answer = Readonly<Record<string, unknown>>;

interface Worked {
  /** Of the bytes that were fetched now. */
  readonly sha256: Digest | undefined;
  readonly result: Result<Answer, WorkFailure>;
}

async function work(job: Job, image: JobImage, deps: ClassifyJobDeps): Promise<Worked> {
  const fetched = await deps.fetchImage(job, image);
  if (!fetched.ok) return { sha256: undefined, result: fetched };
  const { sha256, bytes, release } = fetched.value;
  try {
    const first = await deps.store.noteFetched(job.id, image.position, sha256);
    // What the address showed when the event came is what was meant.
    const result =
      first === sha256
        ? await deps.classify(bytes, job.model)
        : fail({ code: 'image_changed', passing: false, first, now: sha256 });
    return { sha256, result };
  } finally {
    release();
  }
}

function toOutcome(result: Result<Answer, WorkFailure>): ImageOutcome {
  if (result.ok) return { status: 'classified', answer: result.value };
  const { passing: _passing, ...failure } = result.failure;
  return { status: 'failed', failure };
}

/** 5 s after the first try, then doubling, at most ten minutes. */
export function retrySeconds(tries: number): number {
  return Math.min(RETRY_SECONDS_FIRST * 2 ** Math.max(0, tries - 1), RETRY_SECONDS_MAX);
}
