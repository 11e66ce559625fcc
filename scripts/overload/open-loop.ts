import { performance } from 'node:perf_hooks';
import { createConnections, type Target } from './connections.ts';

export interface Sent {
  readonly status: number;
  readonly retryAfter: boolean;
  /** From the moment it should have been sent to the end of its answer. */
  readonly ms: number;
  /** On the generator's clock. */
  readonly endedMs: number;
}

const connections = createConnections();

/** One request; status 0 where the connection broke. */
export async function send(target: Target, fromMs: number = performance.now()): Promise<Sent> {
  const { status, retryAfter } = await connections.ask(target);
  const endedMs = performance.now();
  return { status, retryAfter, ms: endedMs - fromMs, endedMs };
}

/**
 * An open loop: requests leave by the clock, however slowly answers come, as callers who know
 * nothing of each other do (a closed loop would slow down with the server and hide the overload).
 */
export async function sendAtRate(
  target: Target,
  perSecond: number,
  forMs: number,
): Promise<readonly Sent[]> {
  const count = Math.round((perSecond * forMs) / 1000);
  const beganMs = performance.now();
  const all: Array<Promise<Sent>> = [];
  for (let i = 0; i < count; i++) {
    const dueMs = beganMs + (i * 1000) / perSecond;
    const aheadMs = dueMs - performance.now();
    if (aheadMs > 1) await new Promise((resolve) => setTimeout(resolve, aheadMs));
    all.push(send(target, dueMs));
    // Even a generator that lags lets answers in.
    if (i % 16 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  return Promise.all(all);
}

/** Answers a second with `width` requests under way at any time: what the server can bear. */
export async function measurePeak(target: Target, width: number, forMs: number): Promise<number> {
  const untilMs = performance.now() + forMs;
  let good = 0;
  const lane = async (): Promise<void> => {
    while (performance.now() < untilMs) {
      const { status } = await send(target);
      if (status === 200 && performance.now() <= untilMs) good++;
    }
  };
  await Promise.all(Array.from({ length: width }, lane));
  return (good * 1000) / forMs;
}
