/** Of `wrangler queues list`: an account has at most 10,000 queues, a page shows 100. */
export const QUEUE_PAGES_MAX = 100;

/** A new workers.dev name and a new version need up to a minute until they answer everywhere. */
export const READY_TRIES_MAX = 45;
export const READY_WAIT_MS = 2000;
/** One request of the smoke test: a cold isolate reads and compiles its model in it. */
export const SMOKE_TIMEOUT_MS = 30_000;

/** Of what a command said, as much of its end as a person reads. */
export const SAID_CHARACTERS_MAX = 2000;

/** The uploaded modules of both Workers together; Cloudflare takes 64 MiB a Worker. */
export const ORT_UPLOAD_BYTES_MAX = 15_000_000;
