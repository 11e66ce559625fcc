/** Of an answer: a thousand scores are 20 kB as JSON. */
export const ANSWER_BYTES_MAX = 1_048_576;

/** Failures in a row that open the breaker. */
export const FAILURES_IN_A_ROW = 5;
/** Or so large a share of the calls in the window, of at least so many. */
export const FAILURE_SHARE = 0.5;
export const WINDOW_CALLS_MIN = 20;
export const WINDOW_MS = 10_000;
/** How long it stays open: the first time, then doubling up to the most. */
export const OPEN_MS_FIRST = 5_000;
export const OPEN_MS_MAX = 300_000;

/** Second calls, retries and hedges alike: one in ten, and no more than ten saved up. */
export const SECOND_CALL_SHARE = 0.1;
export const SECOND_CALLS_SAVED_MAX = 10;

/** Before a retry: anything up to this, so that callers who failed together come back apart. */
export const RETRY_JITTER_MS_MAX = 200;

/** An attempt that could not answer in this time is not begun. */
export const ATTEMPT_MS_MIN = 20;

/** Latencies remembered for the p95 that hedging waits for, and how many make one. */
export const LATENCIES_KEPT = 100;
export const LATENCIES_MIN = 20;
