/** Of `warm/list.json`: 5,000 pictures have some 800 kB, and are read anew every tick. */
export const LIST_BYTES_MAX = 1_048_576;
export const LIST_PICTURES_MAX = 5000;

/** Every picture is asked about under each. */
export const LIST_MODELS_MAX = 4;

/** Of a picture's address: as long as `src/net` fetches. */
export const LIST_URL_CHARS_MAX = 2048;

/** Look-ups of one tick, one read of R2 each: a list of 5,000 is gone through in half an hour. */
export const TICK_LOOKUPS_MAX = 200;

/**
 * Pictures fetched in one tick. Each takes at most four of the platform's requests (three
 * redirects), beside the look-ups and three calls of R2: below the 1,000 of an invocation.
 */
export const TICK_FETCHES_MAX = 40;

/**
 * Inference of one tick, in CPU milliseconds by the models' cards. An invocation by the clock may
 * take 30 s of CPU; callers of this isolate wait behind it, one picture at a time.
 */
export const TICK_CPU_MS_MAX = 4000;

/** Of one tick, by the clock: the next one comes after a minute. */
export const TICK_MS_MAX = 25_000;

/** Failures of a tick that are logged one by one; all are counted. */
export const TICK_FAILURES_TOLD = 3;
