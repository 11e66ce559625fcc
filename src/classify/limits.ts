import type { ReservationLimits } from './reservations.ts';

// An isolate has 128 MB for all of it: heap, backing stores and every WebAssembly memory. What is
// handed out below, with some 25 MB of code and heap, stays under that; `npm run check:limits`
// measures it.

const WAITERS_MAX = 32;
/** Longer than a decode and an inference take, shorter than a caller's patience. */
const WAIT_MS_MAX = 8000;

/**
 * Decoding. A JPEG takes 2 to 5 MB by its width, one in several scans its file's bytes and 60 kB a
 * scan as well; the libraries' formats as src/image/limits.ts says.
 */
export const DECODE_LIMITS: ReservationLimits = {
  bytesMax: 30_000_000,
  waitersMax: WAITERS_MAX,
  waitMsMax: WAIT_MS_MAX,
};

/** Bodies held at once: one of the largest size, or many of the usual one. */
export const REQUEST_BODY_LIMITS: ReservationLimits = {
  bytesMax: 22_000_000,
  waitersMax: WAITERS_MAX,
  waitMsMax: WAIT_MS_MAX,
};

/** A picture by URL: phones' photographs have 2 to 8 MB. Two may be on their way at once. */
export const FETCH_BYTES_MAX = 8_388_608;

/** Sessions of our own engine: a ResNet-50 (27 MB) and a ResNet-18 (13 MB) stay side by side. */
export const RESIDENT_BYTES_MAX = 44_000_000;

/** Some 800 answers of a thousand classes. */
export const ISOLATE_RESULTS: { readonly bytesMax: number; readonly entriesMax: number } = {
  bytesMax: 4_000_000,
  entriesMax: 2000,
};

/** The Cache API answers in a few milliseconds, R2 in some tens; an inference takes longer. */
export const CACHE_TIER_MS_MAX = 500;

/**
 * What an isolate takes in hand, in milliseconds of its thread: 20 ResNet-50 at once. The next
 * picture would be answered later than a caller cares for, while its body and its turn for the
 * decoder hold memory that the others need; it is told so at once.
 */
export const EDGE_QUEUE_MS_MAX = 2000;

/** Requests inside at once, read or not: as many as bodies of 300 kB have room for. */
export const REQUESTS_OPEN_MAX = 64;

/** How long a picture may take where its caller names no deadline. */
export const DEADLINE_MS = 30_000;

/** What a caller is told when only the origin could answer, and does not say itself. */
export const ORIGIN_RETRY_SECONDS = 5;
