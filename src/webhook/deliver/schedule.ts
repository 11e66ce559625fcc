/** 0 up to, not including, 1. */
export type Random = () => number;

const MINUTE = 60;
const HOUR = 60 * MINUTE;

/**
 * Seconds to wait before each attempt, from the end of the one before: the schedule of the
 * Standard Webhooks specification. The last three are longer than a queue keeps a message.
 */
export const ATTEMPT_DELAYS_SECONDS: readonly number[] = [
  0,
  5,
  5 * MINUTE,
  30 * MINUTE,
  2 * HOUR,
  5 * HOUR,
  10 * HOUR,
  14 * HOUR,
  20 * HOUR,
  24 * HOUR,
];

export const ATTEMPTS_MAX: number = ATTEMPT_DELAYS_SECONDS.length;

/** Of a delay, to both sides: receivers that fell over together are not asked again together. */
const JITTER = 0.1;

/**
 * How long to wait after attempt `failed` (from 1) did not deliver; undefined when it was the
 * last. A Retry-After moves the next attempt back, never forward, and adds none.
 */
export function nextAttemptDelayMs(
  failed: number,
  random: Random,
  retryAfterSeconds = 0,
): number | undefined {
  const seconds = ATTEMPT_DELAYS_SECONDS[failed];
  if (seconds === undefined) return undefined;
  const chance = random();
  const scheduled = seconds * (1 - JITTER + 2 * JITTER * chance);
  // Who says "in two minutes" is not asked earlier.
  const asked = retryAfterSeconds * (1 + JITTER * chance);
  return Math.round(Math.max(scheduled, asked) * 1000);
}
