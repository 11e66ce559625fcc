import { SECOND_CALL_SHARE, SECOND_CALLS_SAVED_MAX } from './limits.ts';

/** Bounds retries and hedges by the calls made: a sick origin is not called twice as often. */
export interface SecondCalls {
  /** A first call was made. */
  earn(): void;
  /** Whether a second one may be made now. */
  spend(): boolean;
}

export function createSecondCalls(): SecondCalls {
  // Counted in first calls, so that no sum of tenths falls just short of one.
  const callsEach = Math.round(1 / SECOND_CALL_SHARE);
  let saved = 0;
  return {
    earn() {
      saved = Math.min(saved + 1, SECOND_CALLS_SAVED_MAX * callsEach);
    },
    spend() {
      if (saved < callsEach) return false;
      saved -= callsEach;
      return true;
    },
  };
}
