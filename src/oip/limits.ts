/** Nesting of JSON: a nested tensor of rank 4 needs 8; the rest is for unknown members. */
export const JSON_DEPTH_MAX = 64;

/**
 * Values in JSON: eight pictures of 224 x 224 in full. Each takes 8 to 16 bytes once parsed, so
 * that a body of a few megabytes of `0,` would be most of an isolate.
 */
export const JSON_VALUES_MAX = 1_300_000;

/** Of a request's `id`, which comes back in the answer. */
export const ID_CHARS_MAX = 1024;

/** Members of `inputs` or `outputs` that are looked at; no model here has as many. */
export const TENSORS_MAX = 16;

/** What an error quotes of the request: the whole error stays under 1 KiB. */
export const QUOTE_CHARS_MAX = 60;

/** Elements of a tensor: four bytes each stay far below 2^31, whatever the shape says. */
export const ELEMENTS_MAX = 100_000_000;
