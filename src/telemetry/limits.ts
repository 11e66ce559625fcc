/** Characters of one logged text. A stack of twenty frames fits; Workers Logs cuts at 256 KB. */
export const FIELD_CHARS_MAX = 4096;

// Workers Analytics Engine takes 20 blobs, 20 doubles and one index of 96 bytes a point, 16 KB of
// blobs, and 250 points an invocation: developers.cloudflare.com/analytics/analytics-engine/limits,
// read in November 2026 (copies of that page from before June 2025: 5120 bytes and 25 points).

/** The key of sampling. */
export const INDEX_BYTES_MAX = 96;

/** Twenty such blobs are 5120 bytes: within both readings. Ours are names and codes. */
export const BLOB_BYTES_MAX = 256;

/**
 * Names of counts with their labels, in an isolate. The largest invocation is a batch of 10 jobs of
 * 16 pictures: 160 points, and twice these where it lasts longer than the window below.
 */
export const SERIES_MAX = 32;

/** A count is written at once, then at most so often: alarms need a minute, not each failure. */
export const COUNT_WINDOW_MS = 60_000;
