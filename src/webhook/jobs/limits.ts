/** Jobs and deliveries that one sweep sends to the queues again, each. */
export const SWEEP_MAX = 200;

/** Finished jobs that one sweep deletes: a long absence is caught up with bit by bit. */
export const RETENTION_DELETES_MAX = 500;

/** How often a job is begun. The last try's passing failure is its outcome; after crashes it is
 *  dead. As often as the queue tries (wrangler.toml: 5 retries). */
export const TRIES_MAX = 6;

/** Before a job is tried again, from the first failure on; doubling. */
export const RETRY_SECONDS_FIRST = 5;
export const RETRY_SECONDS_MAX = 600;

/** A message may be late by this much before the sweep takes it for lost. */
export const LOST_AFTER_MS = 60_000;

/** The longest a queue holds a message back; more is reached in steps. */
export const QUEUE_DELAY_SECONDS_MAX = 43_200;

/** Of what broke, as the job tells it. */
export const ERROR_CHARS_MAX = 200;

/** Messages of one sendBatch. */
export const SEND_BATCH_MAX = 100;

/** One attempt takes 15 s at most; a consumer that died with it is waited for a little longer. */
export const DELIVERY_HELD_MS = 30_000;

/**
 * Attempts under way at one receiver, in all isolates together: what a receiver is spared, and what
 * a slow one can take of us. (An invocation has six connections that wait at once, and is handed
 * five callbacks: wrangler.toml.)
 */
export const RECEIVER_ATTEMPTS_MAX = 10;

/** A callback whose receiver has that many waits a chance part of this. */
export const RECEIVER_BUSY_MS_MAX = 20_000;

/** Pictures of one batch of messages fetched at once: each may hold 8 MiB. */
export const CLASSIFY_LANES = 2;
