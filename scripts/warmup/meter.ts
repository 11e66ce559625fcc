import { percentile } from '../bench/statistics.ts';
import { LATENCIES_MAX } from './limits.ts';

export interface Metered {
  /** Of the latest answers; undefined before the first. */
  readonly p50_ms: number | undefined;
  readonly p99_ms: number | undefined;
  /** Answers that asked for patience, and requests that were not answered. */
  readonly told_to_wait: number;
}

/** How the service answers. */
export interface Meter {
  answered(ms: number): void;
  toldToWait(): void;
  read(): Metered;
}

export function createMeter(): Meter {
  const latencies: number[] = [];
  let [answers, waits] = [0, 0];
  return {
    answered(ms) {
      latencies[answers % LATENCIES_MAX] = ms;
      answers++;
    },
    toldToWait() {
      waits++;
    },
    read() {
      const of = (percent: number) =>
        answers === 0 ? undefined : Math.round(percentile(latencies, percent));
      return { p50_ms: of(50), p99_ms: of(99), told_to_wait: waits };
    },
  };
}
