/** A webhook is a note that a picture was added, not the picture; what senders use at most. */
export const INBOUND_BODY_BYTES_MAX: number = 1024 * 1024;

/** Entries of one signature header. Rotation needs two; each costs a comparison or a check. */
export const SIGNATURES_MAX = 16;

/** 16 entries of ed25519 have 1,456 bytes. */
export const SIGNATURE_HEADER_BYTES_MAX = 4096;

/** Of a Standard Webhooks message id: it is a key in the job table. */
export const MESSAGE_ID_CHARS_MAX = 256;

/** Seconds to both sides, inclusive. The Standard Webhooks libraries' and Stripe's own. */
export const TOLERANCE_SECONDS = 300;

/** Rotation needs two at a time; every one is tried on every message. */
export const SECRETS_MAX = 4;

/** Of a Standard Webhooks secret, decoded (its specification says 24 to 64). */
export const SECRET_BYTES_MIN = 24;
export const SECRET_BYTES_MAX = 64;

/** A bearer's token is a password that travels: 24 characters of base64 are 144 bits. */
export const BEARER_CHARS_MIN = 24;
export const BEARER_CHARS_MAX = 512;

/** Of a source's configuration: a text that an operator writes, parsed once. */
export const SOURCES_MAX = 64;
export const LOCATORS_MAX = 4;
export const LOCATOR_CHARS_MAX = 256;
export const METADATA_ENTRIES_MAX = 16;
export const IMAGE_HOSTS_MAX = 64;

/** Nesting of a payload. Real ones have under ten; walking one must not exhaust the stack. */
export const PAYLOAD_DEPTH_MAX = 64;

/** Pictures in one event: as many as a request to POST /v1/classify may hold by default. */
export const EVENT_IMAGES_MAX = 16;

/** UTF-16 units of a picture's URL, as src/net fetches them. */
export const IMAGE_URL_CHARS_MAX = 2048;

/** UTF-16 units of an event's metadata as JSON: it is stored with the job and sent back. */
export const METADATA_CHARS_MAX = 4096;
