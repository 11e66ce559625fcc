/** Pictures of one run. The checkpoint holds them, some 200 bytes each. */
export const ITEMS_MAX = 1_000_000;

/** Models of one run: each picture is asked about once for each. */
export const MODELS_MAX = 16;

/** Images, folders, sitemaps and logs named on the command line. */
export const SOURCES_MAX = 1000;

/** Files and folders that one folder's walk looks at, and how deep it goes. */
export const FOLDER_ENTRIES_MAX = 2_000_000;
export const FOLDER_DEPTH_MAX = 32;

/** sitemaps.org/protocol.html: uncompressed; entries of one file, of an index too. */
export const SITEMAP_BYTES_MAX = 52_428_800;
export const SITEMAP_ENTRIES_MAX = 50_000;

/** Sitemaps of one run, those that an index names included. An index in an index is not read. */
export const SITEMAPS_MAX = 1000;

/** developers.google.com/search/docs/crawling-indexing/sitemaps/image-sitemaps, a page. */
export const SITEMAP_IMAGES_MAX = 1000;

/** A page of one run, HTML after decompression, and its image tags. The largest have some MB. */
export const PAGE_BYTES_MAX = 10_485_760;
export const PAGE_IMAGES_MAX = 5000;

/** Pages of one run that are read for their image tags. */
export const PAGES_MAX = 20_000;

/** Of a log or of standard input: characters of a line, and lines. */
export const LINE_CHARS_MAX = 65_536;
export const LINES_MAX = 20_000_000;

/** A document or picture from its address: redirects, headers and body together. */
export const FETCH_MS_MAX = 30_000;

/** One picture, where `--max-picture-bytes` says nothing: what the service reads by default. */
export const PICTURE_BYTES_MAX = 20_971_520;

/** Of an answer of the service; the list of models, its largest, has some 500 kB. */
export const ANSWER_BYTES_MAX = 8_388_608;

/** An answer of the service. Its own deadline for a picture is 30 s; a cold model comes on top. */
export const ANSWER_MS_MAX = 60_000;

/**
 * Tries of one request that was told to wait: where every second one is, 30 in a row come once in
 * a milliard. Of one that broke, or met a bug, fewer.
 */
export const TRIES_MAX = 30;
export const BROKEN_TRIES_MAX = 6;

/** Broken requests in a row, whichever they are, after which the service counts as away. */
export const BROKEN_IN_A_ROW_MAX = 40;

/** The longest wait that a `Retry-After` is believed. */
export const RETRY_AFTER_MS_MAX = 300_000;

/** Requests under way, and requests a second, that may be asked for. */
export const CONCURRENCY_MAX = 256;
export const RATE_MAX = 10_000;

/** Of each reason, lines and failures that are told one by one; all are counted. */
export const TOLD_MAX = 20;

/** Failures that `--json` lists. */
export const LISTED_MAX = 1000;

/** Latest answers that the progress line's percentiles are of. */
export const LATENCIES_MAX = 2048;

/** Pictures taken out of the checkpoint at once. */
export const PAGE_OF_ITEMS = 256;
