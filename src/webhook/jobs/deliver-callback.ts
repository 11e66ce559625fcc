import type { DeliveryOutcome, DeliveryRequest } from '../deliver/attempt.ts';
import { ATTEMPTS_MAX } from '../deliver/schedule.ts';
import type { Callback } from '../source.ts';
import type { AttemptRecord, Delivery } from './job.ts';
import {
  DELIVERY_HELD_MS,
  LOST_AFTER_MS,
  QUEUE_DELAY_SECONDS_MAX,
  RECEIVER_ATTEMPTS_MAX,
  RECEIVER_BUSY_MS_MAX,
} from './limits.ts';
import type { Outbox } from './messages.ts';
import type { JobStore } from './store.ts';

export interface DeliverDeps {
  readonly store: JobStore;
  readonly outbox: Outbox;
  readonly clock: () => number;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  /** The receiver of its source now: secrets rotate and addresses change while it waits. */
  receiverOf(delivery: Delivery): Callback | undefined;
  attempt(request: DeliveryRequest): Promise<DeliveryOutcome>;
  /**
   * Takes an attempt that may end after its message; absent: the message waits. Begun attempts are
   * on record, so a queue need not wait: a receiver that takes its 15 s delays no other.
   */
  background?(attempt: Promise<void>): void;
  /** A callback that nobody will try again; why. */
  countGivenUp?(cause: string): void;
}

/**
 * Makes the attempt that is due, if nobody else is making it. The schedule stands in the job table;
 * a message that comes early or twice does nothing.
 */
export async function deliverCallback(id: string, deps: DeliverDeps): Promise<void> {
  const { store, clock } = deps;
  const delivery = await store.holdDelivery(id, clock(), DELIVERY_HELD_MS);
  if (delivery === undefined) return;
  const atMs = clock();
  const receiver = deps.receiverOf(delivery);
  if (receiver === undefined) return end(delivery, deps, atMs, 'failed', 'no_receiver');
  const to = { url: receiver.url, nowMs: atMs, attemptsMax: RECEIVER_ATTEMPTS_MAX };
  const admitted = await store.admit(delivery, to);
  if (admitted === 'disabled') return end(delivery, deps, atMs, 'disabled', 'receiver_disabled');
  if (admitted === 'busy') return waitForRoom(delivery, deps, atMs);
  const { attempt, attemptsBefore } = delivery;
  // Only attempts whose end nobody lived to record lead beyond the schedule.
  if (attempt - attemptsBefore > ATTEMPTS_MAX) {
    return end(delivery, deps, atMs, 'failed', 'attempts_exhausted');
  }
  const attempted = makeAttempt(delivery, receiver, deps, atMs);
  if (deps.background === undefined) return attempted;
  deps.background(attempted);
}

async function makeAttempt(
  delivery: Delivery,
  receiver: Callback,
  deps: DeliverDeps,
  atMs: number,
): Promise<void> {
  const { id, attempt, attemptsBefore, body } = delivery;
  const outcome = await deps.attempt({
    url: receiver.url,
    id,
    attempt: attempt - attemptsBefore,
    body: Uint8Array.from(new TextEncoder().encode(body)),
    signers: receiver.signers,
  });
  if (outcome.outcome === 'disabled') {
    await deps.store.disable(receiver.url, outcome.cause.code, deps.clock());
  }
  await record(delivery, deps, atMs, outcome);
}

/** Not an attempt. Those that wait come back one by one, as chance has it. */
async function waitForRoom(delivery: Delivery, deps: DeliverDeps, nowMs: number): Promise<void> {
  const delayMs = Math.ceil(deps.random() * RECEIVER_BUSY_MS_MAX);
  const nextMs = nowMs + delayMs;
  await deps.store.putOff(delivery, { nextMs, dueMs: nextMs + LOST_AFTER_MS });
  await deps.outbox.trySend([{ do: 'deliver', delivery: delivery.id }], Math.ceil(delayMs / 1000));
}

async function record(
  delivery: Delivery,
  deps: DeliverDeps,
  atMs: number,
  outcome: DeliveryOutcome,
): Promise<void> {
  const cause = 'cause' in outcome ? outcome.cause : undefined;
  const status = 'status' in outcome ? outcome.status : statusOf(cause);
  const attempt: AttemptRecord = {
    delivery: delivery.id,
    attempt: delivery.attempt,
    atMs,
    outcome: outcome.outcome,
    status,
    ms: outcome.ms,
    cause: cause?.code,
  };
  if (outcome.outcome === 'failed' || outcome.outcome === 'disabled') {
    deps.countGivenUp?.(outcome.cause.code);
  }
  if (outcome.outcome !== 'retry') {
    return deps.store.endAttempt(delivery, attempt, {
      state: outcome.outcome,
      nextMs: atMs,
      dueMs: atMs,
    });
  }
  const nextMs = deps.clock() + outcome.delayMs;
  const delaySeconds = Math.ceil(outcome.delayMs / 1000);
  // Beyond what a queue holds back, the sweep sends it when it is due.
  const byQueue = delaySeconds <= QUEUE_DELAY_SECONDS_MAX;
  const dueMs = byQueue ? nextMs + LOST_AFTER_MS : nextMs;
  await deps.store.endAttempt(delivery, attempt, { state: 'waiting', nextMs, dueMs });
  if (byQueue) {
    await deps.outbox.trySend([{ do: 'deliver', delivery: delivery.id }], delaySeconds);
  }
}

function statusOf(cause: object | undefined): number | undefined {
  return cause !== undefined && 'status' in cause ? Number(cause.status) : undefined;
}

/** Nothing was sent. */
function end(
  delivery: Delivery,
  { store, countGivenUp }: DeliverDeps,
  atMs: number,
  state: 'failed' | 'disabled',
  cause: string,
): Promise<void> {
  countGivenUp?.(cause);
  const { id, attempt } = delivery;
  const nothing = { status: undefined, ms: undefined };
  const record = { delivery: id, attempt, atMs, outcome: state, cause, ...nothing };
  return store.endAttempt(delivery, record, { state, nextMs: atMs, dueMs: atMs });
}
