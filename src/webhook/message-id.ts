import { MESSAGE_ID_CHARS_MAX } from './limits.ts';

/** Printable ASCII; "." would let the border between id and timestamp shift, "," joins fields. */
const MESSAGE_ID = /^[\x21-\x2b\x2d\x2f-\x7e]+$/;

/** What may be the id of a Standard Webhooks message, ours included. */
export function isMessageId(text: string): boolean {
  return text.length <= MESSAGE_ID_CHARS_MAX && MESSAGE_ID.test(text);
}
