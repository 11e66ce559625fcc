import type { ModelCard } from '../model/card.ts';
import { fail, ok, type Result } from '../result.ts';
import type { OverloadedFailure } from './reservations.ts';

/** What an isolate has in hand, in milliseconds of one thread, by the costs on the cards. */
export interface Queue {
  waitMs(): number;
  /** Why nothing more is taken in hand; undefined where it is. */
  overloaded(leftMs?: number): OverloadedFailure | undefined;
  /**
   * Counts a picture from its decode to its scores, or the tensors of a batch; the answer ends the
   * count. Refused where what is in hand already takes longer than the queue's most, or than the
   * caller waits.
   */
  enter(card: ModelCard, leftMs: number, pictures?: number): Result<() => void, OverloadedFailure>;
}

/** Where nobody has measured: a ResNet-50 at 224 x 224 takes about so long. */
const UNMEASURED_MS = 100;

/** What a picture takes of the thread, by the model's card. */
export function expectMs({ cost: [measured] }: ModelCard): number {
  return measured?.cpu_ms ?? UNMEASURED_MS;
}

export function createQueue(waitMsMax: number): Queue {
  let waitMs = 0;

  function overloaded(leftMs: number = waitMsMax): OverloadedFailure | undefined {
    if (waitMs <= Math.min(waitMsMax, leftMs)) return undefined;
    return { code: 'overloaded', retryAfterSeconds: Math.max(1, Math.ceil(waitMs / 1000)) };
  }

  return {
    waitMs: () => waitMs,
    overloaded,
    enter(card, leftMs, pictures = 1) {
      const failure = overloaded(leftMs);
      if (failure !== undefined) return fail(failure);
      const costMs = expectMs(card) * pictures;
      waitMs += costMs;
      let inside = true;
      return ok(function leave(): void {
        if (inside) waitMs -= costMs;
        inside = false;
      });
    },
  };
}
