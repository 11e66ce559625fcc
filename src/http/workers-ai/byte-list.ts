import { skipBlanks } from '../json-body.ts';

const COMMA = 0x2c;
const ZERO = 0x30;
const CLOSE = 0x5d;

export interface ByteList {
  readonly bytes: Uint8Array;
  /** Where the text goes on, behind the bracket. */
  readonly end: number;
}

/**
 * Reads `255, 216, …]`, JSON's numbers from 0 to 255 behind an opening bracket at `start - 1`;
 * undefined where it is anything else. JSON.parse would hold the text as a string and at least four
 * bytes for each number beside the body: 62 MB for a body of 20 and its 5.6 million numbers. So the
 * bytes are written over the text that they were read from, from its beginning: a number's text is
 * never shorter than its byte.
 */
export function readByteList(text: Uint8Array, start: number): ByteList | undefined {
  let at = skipBlanks(text, start);
  let filled = 0;
  if (text[at] === CLOSE) return { bytes: text.subarray(0, 0), end: at + 1 };
  while (at < text.length) {
    const first = at;
    let value = 0;
    for (; at - first < 4 && isDigit(text[at]); at++) value = value * 10 + (text[at] ?? 0) - ZERO;
    const digits = at - first;
    const leadingZero = digits > 1 && value < 10 ** (digits - 1);
    if (digits === 0 || leadingZero || value > 255) return undefined;
    at = skipBlanks(text, at);
    const next = text[at++];
    text[filled++] = value;
    if (next === CLOSE) return { bytes: text.subarray(0, filled), end: at };
    if (next !== COMMA) return undefined;
    at = skipBlanks(text, at);
  }
  return undefined;
}

function isDigit(byte: number | undefined): boolean {
  return byte !== undefined && byte >= ZERO && byte <= 0x39;
}
