import { LATENCIES_KEPT, LATENCIES_MIN } from './limits.ts';

/** How long the last calls took, as far as waiting for the network shows it. */
export interface Latencies {
  add(ms: number): void;
  /** 95 of 100 calls took no longer; undefined until enough are known. */
  p95(): number | undefined;
}

export function createLatencies(): Latencies {
  const kept: number[] = [];
  let next = 0;
  return {
    add(ms) {
      kept[next] = ms;
      next = (next + 1) % LATENCIES_KEPT;
    },
    p95() {
      if (kept.length < LATENCIES_MIN) return undefined;
      const sorted = [...kept].sort((a, b) => a - b);
      return sorted[Math.ceil(sorted.length * 0.95) - 1];
    },
  };
}
