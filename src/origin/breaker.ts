import {
  FAILURE_SHARE,
  FAILURES_IN_A_ROW,
  OPEN_MS_FIRST,
  OPEN_MS_MAX,
  WINDOW_CALLS_MIN,
  WINDOW_MS,
} from './limits.ts';

export type BreakerState =
  | { readonly state: 'closed' }
  /** Nobody is let through until then; afterwards one call at a time, as a probe. */
  | { readonly state: 'open'; readonly untilMs: number };

/** Lets calls through while they tend to succeed (M. Nygard, Release It!, "Circuit Breaker"). */
export interface Breaker {
  look(): BreakerState;
  /** Undefined where no call may go; in the half-open state the first to ask is the probe. */
  admit(): Report | undefined;
}

/** Every admitted call reports once; `nothing` where it was given up or says nothing. */
export type Report = (outcome: 'success' | 'failure' | 'nothing') => void;

interface Call {
  readonly atMs: number;
  readonly failed: boolean;
}

export function createBreaker(clock: () => number): Breaker {
  let recent: Call[] = [];
  let failuresInARow = 0;
  let openMs = OPEN_MS_FIRST;
  let untilMs: number | undefined;
  let probing = false;

  function open(): void {
    untilMs = clock() + openMs;
    openMs = Math.min(openMs * 2, OPEN_MS_MAX);
    recent = [];
    failuresInARow = 0;
  }

  function note(failed: boolean): void {
    const now = clock();
    recent = recent.filter(({ atMs }) => now - atMs < WINDOW_MS);
    recent.push({ atMs: now, failed });
    failuresInARow = failed ? failuresInARow + 1 : 0;
    const failures = recent.filter((call) => call.failed).length;
    const share = recent.length >= WINDOW_CALLS_MIN && failures / recent.length >= FAILURE_SHARE;
    if (failuresInARow >= FAILURES_IN_A_ROW || (failed && share)) open();
  }

  const report: Report = (outcome) => {
    // A call from before the breaker opened decides nothing any more.
    if (untilMs === undefined && outcome !== 'nothing') note(outcome === 'failure');
  };

  const reportProbe: Report = (outcome) => {
    probing = false;
    if (outcome === 'success') {
      untilMs = undefined;
      openMs = OPEN_MS_FIRST;
    } else if (outcome === 'failure') open();
  };

  return {
    look() {
      return untilMs === undefined ? { state: 'closed' } : { state: 'open', untilMs };
    },
    admit() {
      if (untilMs === undefined) return report;
      if (probing || clock() < untilMs) return undefined;
      probing = true;
      return reportProbe;
    },
  };
}
