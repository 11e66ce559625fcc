import { fail, ok, type Result } from '../result.ts';

const BRACE = 0x7b;

/**
 * Whether a body is meant as a JSON object, by its first character: no picture's file begins so,
 * and clients of these dialects send either under any Content-Type, or under none.
 */
export function looksLikeJson(body: Uint8Array): boolean {
  return body[skipBlanks(body, 0)] === BRACE;
}

/** Where something begins that is not JSON's white space (RFC 8259, 2). */
export function skipBlanks(text: Uint8Array, from: number): number {
  let at = from;
  while (isBlank(text[at])) at++;
  return at;
}

function isBlank(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}

export function parseJson(
  body: Uint8Array,
): Result<unknown, { readonly code: 'bad_json'; readonly detail: string }> {
  try {
    return ok(JSON.parse(new TextDecoder('utf-8', { fatal: true, ignoreBOM: false }).decode(body)));
  } catch {
    return fail({ code: 'bad_json', detail: 'The body is not JSON in UTF-8' });
  }
}
