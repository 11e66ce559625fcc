import type { ReservationLimits } from '../classify/reservations.ts';

/** Pictures that no isolate can decode come here: WebP and AVIF of 30 megapixels and more. */
export const DECODE_LIMITS: ReservationLimits = {
  bytesMax: 1_000_000_000,
  waitersMax: 1024,
  waitMsMax: 8000,
};

/** Sixteen bodies of the largest size, or many of the usual one. */
export function toBodyLimits(bodyBytesMax: number): ReservationLimits {
  return { bytesMax: bodyBytesMax * 16, waitersMax: 1024, waitMsMax: 8000 };
}

/** Some 20,000 answers of a thousand classes. */
export const CACHE_LIMITS: { readonly bytesMax: number; readonly entriesMax: number } = {
  bytesMax: 100_000_000,
  entriesMax: 20_000,
};

/** How long a card is believed: a published model is served a minute later, without a restart. */
export const MODEL_REFRESH_MS = 60_000;

/**
 * How long an idle connection stays open. Node's five seconds close one just as a request comes on
 * it, which then fails; load balancers keep theirs for 60 s and must be the ones who close first.
 */
export const KEEP_ALIVE_MS = 75_000;

/** A store that is slow to answer must not hold a request for ever. */
export const ANSWER_WITHIN_MS = 30_000;

/** Keys of one page of ListObjectsV2: S3's own most. */
export const LIST_PAGE_KEYS = 1000;

/** Pages that one listing follows: more models than one origin lists (CARDS_MAX) fit the first. */
export const LIST_PAGES_MAX = 20;

/** Of one page: a key has at most 1,024 bytes, and a page says some 400 more of each. */
export const LIST_PAGE_BYTES_MAX = 2_000_000;

/** Memory answers at once. */
export const CACHE_TIER_MS_MAX = 500;
