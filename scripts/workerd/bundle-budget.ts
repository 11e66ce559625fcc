/** 535 kB in November 2026; zod's languages alone, by one import of `{ z }`, are 264 kB more. */
export const SCRIPT_BYTES_MAX = 580_000;
/** All modules gzipped, image libraries included: 589 kB. Cloudflare takes 3 MB at least. */
export const UPLOAD_BYTES_MAX = 1_000_000;
