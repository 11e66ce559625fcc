import { RETRY_AFTER_MS_MAX } from './limits.ts';

export interface PaceOptions {
  /** Requests under way at once, at most. */
  readonly concurrency: number;
  /** Requests begun in a second, at most. */
  readonly rate: number;
  /** Milliseconds, of a clock that never goes back. */
  readonly clock: () => number;
  readonly sleep: (ms: number) => Promise<void>;
  /** True once nothing more is to be sent. */
  readonly ended: () => boolean;
}

/** How fast the service is asked: up to what the user allows, and less where it says so. */
export interface Pace {
  /** True when the next request may be sent, and `leave` follows it; false once the run ended. */
  enter(): Promise<boolean>;
  leave(): void;
  /** An answer came: a little faster. */
  speedUp(): void;
  /** 429, 503 or no answer: half as fast, and nothing at all until the wait is over. */
  slowDown(retryAfterMs: number | undefined): void;
  now(): { readonly concurrency: number; readonly rate: number; readonly waitMs: number };
}

/** Several refusals of requests that were under way together are one piece of news. */
const SLOWER_EVERY_MS = 1000;
/** Below this share of what the user allows, `Retry-After` is what slows a service's callers. */
const SLOWEST_SHARE = 1 / 16;
/** Answers that bring the rate from half of what is allowed to all of it. */
const ANSWERS_TO_RECOVER = 50;
const POLL_MS = 20;
/** Even in a long wait the end of the run is noticed. */
const LOOK_MS = 500;

/**
 * Additive increase, multiplicative decrease (Chiu and Jain 1989), of both limits: many callers
 * that share one service come to equal parts of it.
 */
export function createPace(options: PaceOptions): Pace {
  const { concurrency: most, rate: fastest, clock, sleep, ended } = options;
  let concurrency = most;
  let rate = fastest;
  let open = 0;
  let notBeforeMs = 0;
  let nextMs = 0;
  let slowedMs = Number.NEGATIVE_INFINITY;

  return {
    async enter() {
      while (!ended()) {
        const now = clock();
        const waitMs = Math.max(notBeforeMs, nextMs) - now;
        if (waitMs <= 0 && open < Math.max(1, Math.floor(concurrency))) {
          open++;
          // Time that nobody used is not saved up for a burst.
          nextMs = Math.max(now, nextMs) + 1000 / rate;
          return true;
        }
        await sleep(Math.min(LOOK_MS, waitMs > 0 ? Math.ceil(waitMs) : POLL_MS));
      }
      return false;
    },
    leave() {
      open--;
    },
    speedUp() {
      concurrency = Math.min(most, concurrency + 1 / concurrency);
      rate = Math.min(fastest, rate + fastest / 2 / ANSWERS_TO_RECOVER);
    },
    slowDown(retryAfterMs) {
      const now = clock();
      if (retryAfterMs !== undefined) {
        notBeforeMs = Math.max(notBeforeMs, now + Math.min(retryAfterMs, RETRY_AFTER_MS_MAX));
      }
      if (now - slowedMs < SLOWER_EVERY_MS) return;
      slowedMs = now;
      concurrency = Math.max(1, concurrency / 2);
      rate = Math.max(fastest * SLOWEST_SHARE, rate / 2);
    },
    now: () => ({
      concurrency: Math.max(1, Math.floor(concurrency)),
      rate,
      waitMs: Math.max(0, notBeforeMs - clock()),
    }),
  };
}
