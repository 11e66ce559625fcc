/** Characters of one logged text. A stack of twenty frames fits; Workers Logs cuts at 256 KB. */
export const FIELD_CHARS_MAX = 4096;
