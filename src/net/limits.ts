/** UTF-16 units of a URL or a Location. Browsers and CDNs cope with this much everywhere. */
export const URL_CHARS_MAX = 2048;

/** RFC 1035, 2.3.4, without the root's final dot. */
export const HOST_CHARS_MAX = 253;
export const LABEL_CHARS_MAX = 63;

/** A moved picture takes one or two; each costs a subrequest and a round trip. */
export const REDIRECTS_MAX = 3;

/** What one read of a body without a declared length begins with; it doubles from there. */
export const FIRST_READ_BYTES = 65_536;

/** Characters of a stranger's Content-Type that a failure repeats. */
export const CONTENT_TYPE_CHARS_MAX = 100;
