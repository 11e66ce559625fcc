import type { Digest } from '../../digest.ts';
import type { Result } from '../../result.ts';
import { toEvent } from './event.ts';
import { deliveryId } from './ids.ts';
import type { ImageOutcome, Job, JobImage } from './job.ts';
import { RETRY_SECONDS_FIRST, RETRY_SECONDS_MAX, TRIES_MAX } from './limits.ts';
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
  annotate(job: Job, image: JobImage, outcome: ImageOutcome): Promise<void>;
}

/** `later`: begin it again after so many seconds. */
export type JobEnd = { readonly end: 'done' | 'not_mine' } | { readonly later: number };

/**
 * Works on a job that nobody else holds. A crash at any point leaves the hold to run out; whoever
 * comes next finds the pictures that have their outcome, and does only the others.
 */
export async function classifyJob(id: string, deps: ClassifyJobDeps): Promise<JobEnd> {
  const { store, clock } = deps;
  const held = await store.hold(id, deps.newHolder(), clock(), deps.heldMs);
  if (held === undefined) return { end: 'not_mine' };
  for (const image of held.job.images) {
    if (image.outcome !== undefined) continue;
    const done = await classifyImage(held, image, deps);
    if (done === 'lost') return { end: 'not_mine' };
    if (done !== 'finished') {
      const later = retrySeconds(held.job.tries);
      await store.postpone(held, clock() + later * 1000);
      return { later };
    }
  }
  await store.finishJob(held, clock());
  return { end: 'done' };
}

/** After its last try a passing failure is the outcome. */
async function classifyImage(
  held: HeldJob,
  image: JobImage,
  deps: ClassifyJobDeps,
): Promise<'finished' | 'lost' | 'later'> {
  const { job } = held;
  const worked = await work(job, image, deps);
  if (!worked.ok && worked.failure.passing && job.tries < TRIES_MAX) return 'later';
  const outcome = toOutcome(worked);
  const nowMs = deps.clock();
  const callback = deps.hasReceiver(job.source)
    ? {
        id: deliveryId(job.id, image.position, held.holder),
        body: JSON.stringify(
          toEvent(job, image, outcome, {
            sha256: worked.ok ? worked.value.sha256 : image.sha256,
            nowMs,
          }),
        ),
      }
    : undefined;
  // Before the outcome is on record: a crash between the two writes it twice, the same.
  await deps.annotate(job, image, outcome);
  const mine = await deps.store.finishImage(held, image.position, { outcome, callback }, nowMs);
  if (!mine) return 'lost';
  if (callback !== undefined)
    await deps.outbox.trySend([{ do: 'deliver', delivery: callback.id }], 0);
  return 'finished';
}

interface Worked {
  readonly sha256: Digest;
  readonly answer: Readonly<Record<string, unknown>>;
}

async function work(
  job: Job,
  image: JobImage,
  deps: ClassifyJobDeps,
): Promise<Result<Worked, WorkFailure>> {
  const fetched = await deps.fetchImage(job, image);
  if (!fetched.ok) return fetched;
  const { sha256, bytes, release } = fetched.value;
  try {
    const first = await deps.store.noteFetched(job.id, image.position, sha256);
    // What the address showed when the event came is what was meant.
    if (first !== sha256) return permanent('image_changed', { first, now: sha256 });
    const answer = await deps.classify(bytes, job.model);
    return answer.ok ? { ok: true, value: { sha256, answer: answer.value } } : answer;
  } finally {
    release();
  }
}

function permanent(
  code: string,
  facts: Readonly<Record<string, unknown>> = {},
): { readonly ok: false; readonly failure: WorkFailure } {
  return { ok: false, failure: { code, passing: false, ...facts } };
}

function toOutcome(worked: Result<Worked, WorkFailure>): ImageOutcome {
  if (worked.ok) return { status: 'classified', answer: worked.value.answer };
  const { passing: _passing, ...failure } = worked.failure;
  return { status: 'failed', failure };
}

/** 5 s after the first try, then doubling, at most ten minutes. */
export function retrySeconds(tries: number): number {
  return Math.min(RETRY_SECONDS_FIRST * 2 ** Math.max(0, tries - 1), RETRY_SECONDS_MAX);
}
