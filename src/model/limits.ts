/** A card has some 3 KB; a label list of 1,000 names some 60 KB, of ImageNet-21k 1.5 MB. */
export const DOCUMENT_BYTES_MAX = 4_194_304;

/** Names in one list: as many as a score vector may be long (`card.ts`). */
export const LABELS_MAX = 65_536;

/** Cards that `cards()` reads. One page of R2's list; each is one read. */
export const CARDS_MAX = 200;

/** References in requests: `<96 characters>@sha256:<64 digits>` and no more. */
export const REFERENCE_CHARS_MAX = 168;

/** Of one cascade: each may take a model's whole time, and a caller waits for all of them. */
export const CASCADE_STAGES_MAX = 4;

/** Models whose cards one isolate remembers; the longest unheard-of is forgotten. */
export const REMEMBERED_MAX = 64;

/**
 * A request that dies takes its load with it, and that promise never settles. Whoever asks later
 * than this begins anew (Cloudflare grants such work 30 s).
 */
export const LOADING_PATIENCE_MS = 31_000;

/**
 * No request works this long: one that still holds a session after it has died, and its session
 * may be evicted.
 */
export const LEASE_MS_MAX = 60_000;

/** Read of a graph at a time: the reads cost more than the bytes below some 100 KB. */
export const PIECE_BYTES = 262_144;
