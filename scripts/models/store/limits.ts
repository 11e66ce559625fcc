/** Tries of one request to a bucket: with full jitter, some 4 s of waiting in all. */
export const requestTriesMax = 5;

/** Longest time for one request: a graph of 60 MB at 1 Mbit/s takes 8 minutes. */
export const requestMsMax = 600_000;

/** What of an S3 server's error document is read. */
export const errorCharsMax = 2_000;

/** S3 answers at most 1,000 keys a page. */
export const keysPageMax = 1_000;

/** Pages of keys that one listing follows. */
export const keyPagesMax = 100;

/** Cards that `rm` looks through for what they still need. */
export const cardsSearchedMax = 10_000;
