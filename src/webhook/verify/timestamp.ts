import type { InboundCode } from './failure.ts';

export interface Window {
  /** Unix seconds; a fraction is cut off. */
  readonly nowSeconds: number;
  /** To both sides; a message exactly that old or new is inside. */
  readonly toleranceSeconds: number;
}

/** Canonical decimal Unix seconds: `0`, or up to 15 digits of which the first is none. */
const TIMESTAMP = /^(0|[1-9][0-9]{0,14})$/;

/** Undefined when the text is a timestamp inside the window. Milliseconds are far too new. */
export function judgeTimestamp(text: string, window: Window): InboundCode | undefined {
  if (!TIMESTAMP.test(text)) return 'bad_timestamp';
  const ageSeconds = Math.floor(window.nowSeconds) - Number(text);
  if (ageSeconds > window.toleranceSeconds) return 'timestamp_too_old';
  return -ageSeconds > window.toleranceSeconds ? 'timestamp_too_new' : undefined;
}
