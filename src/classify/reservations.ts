import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';

export interface OverloadedFailure {
  readonly code: 'overloaded';
  readonly retryAfterSeconds: number;
}

/** Gives the bytes back; calling it again does nothing. */
export type Release = () => void;

/**
 * A pool of bytes that work takes before it begins and gives back when it ends. workerd enforces
 * no memory limit on a laptop and kills the isolate in production: this is the limit in both.
 */
export interface Reservations {
  readonly bytesMax: number;
  takenBytes(): number;
  /** The most that was taken at once so far. */
  peakBytes(): number;
  /** Waits its turn, first come first served; asking for more than the pool holds is a bug. */
  take(bytes: number): Promise<Result<Release, OverloadedFailure>>;
}

export interface ReservationLimits {
  readonly bytesMax: number;
  /** Requests that may wait at once; the next one is refused straight away. */
  readonly waitersMax: number;
  readonly waitMsMax: number;
}

interface Waiter {
  readonly bytes: number;
  grant(): void;
}

export function createReservations(limits: ReservationLimits): Reservations {
  let taken = 0;
  let peak = 0;
  const waiting: Waiter[] = [];

  function releaseOf(bytes: number): Release {
    taken += bytes;
    peak = Math.max(peak, taken);
    let held = true;
    return function release(): void {
      if (!held) return;
      held = false;
      taken -= bytes;
      grantNext();
    };
  }

  function grantNext(): void {
    for (let next = waiting[0]; next !== undefined; next = waiting[0]) {
      // The head of the queue is never overtaken, so a large picture is not starved by small ones.
      if (taken + next.bytes > limits.bytesMax) return;
      waiting.shift();
      next.grant();
    }
  }

  function wait(bytes: number): Promise<Result<Release, OverloadedFailure>> {
    return new Promise((resolve) => {
      const waiter: Waiter = {
        bytes,
        grant() {
          clearTimeout(timer);
          resolve(ok(releaseOf(bytes)));
        },
      };
      const timer = setTimeout(() => {
        waiting.splice(waiting.indexOf(waiter), 1);
        resolve(fail(overloaded(limits)));
        // The one that gave up may have been a large head that smaller ones waited behind.
        grantNext();
      }, limits.waitMsMax);
      waiting.push(waiter);
    });
  }

  return {
    bytesMax: limits.bytesMax,
    takenBytes: () => taken,
    peakBytes: () => peak,
    async take(bytes) {
      if (bytes > limits.bytesMax) {
        throw new RangeError(`reservations: ${bytes} bytes asked of ${limits.bytesMax}`);
      }
      if (waiting.length === 0 && taken + bytes <= limits.bytesMax) return ok(releaseOf(bytes));
      if (waiting.length >= limits.waitersMax) return fail(overloaded(limits));
      return wait(bytes);
    },
  };
}

/** Takes from another pool and keeps an account of its own part. */
export function createShare(pool: Reservations): Reservations {
  let taken = 0;
  let peak = 0;
  return {
    bytesMax: pool.bytesMax,
    takenBytes: () => taken,
    peakBytes: () => peak,
    async take(bytes) {
      const reserved = await pool.take(bytes);
      if (!reserved.ok) return reserved;
      taken += bytes;
      peak = Math.max(peak, taken);
      let held = true;
      return ok(() => {
        if (held) taken -= bytes;
        held = false;
        reserved.value();
      });
    },
  };
}

function overloaded(limits: ReservationLimits): OverloadedFailure {
  return { code: 'overloaded', retryAfterSeconds: Math.ceil(limits.waitMsMax / 1000) };
}
