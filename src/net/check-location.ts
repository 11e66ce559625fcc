import type { Result } from '../result.ts';
import { fail } from '../result.ts';
import type { UrlCode, UrlPolicy } from './check-url.ts';
import { checkUrl, FORBIDDEN_CHARACTERS } from './check-url.ts';
import { URL_CHARS_MAX } from './limits.ts';

export type LocationFailure = {
  readonly code:
    | UrlCode
    | 'missing_location'
    /** A form that parsers repair each in their own way: `https:/x`, `///x`. */
    | 'bad_location';
};

/** Where a redirect leads, seen from the URL just fetched, under all rules for URLs. */
export function checkLocation(
  header: string | null,
  from: URL,
  policy: UrlPolicy,
): Result<URL, LocationFailure> {
  // RFC 9110, 5.5: white space around a field's value is no part of it.
  const text = toUtf8((header ?? '').replace(/^[ \t]+|[ \t]+$/g, ''));
  if (text === '') return fail({ code: 'missing_location' });
  if (text.length > URL_CHARS_MAX) return fail({ code: 'url_too_long' });
  if (FORBIDDEN_CHARACTERS.test(text)) return fail({ code: 'bad_character' });
  if (/^(https?:)?\/\/\//i.test(text) || /^https?:(?!\/\/)/i.test(text)) {
    return fail({ code: 'bad_location' });
  }
  const target = checkUrl(toAbsolute(text, from), policy);
  if (!target.ok) return target;
  if (from.protocol === 'https:' && target.value.protocol === 'http:') {
    return fail({ code: 'scheme' });
  }
  target.value.hash = '';
  return target;
}

/** Absolute and scheme-relative texts stay as they are, so that they are judged as they are. */
function toAbsolute(text: string, from: URL): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(text)) return text;
  if (text.startsWith('//')) return `${from.protocol}${text}`;
  return URL.parse(text, from.href)?.href ?? text;
}

/**
 * Some platforms hand over a field's bytes as one character each. Servers that put other than
 * ASCII there mean UTF-8.
 */
function toUtf8(text: string): string {
  const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
  const latin1 = [...text].every((character) => character.charCodeAt(0) <= 0xff);
  if (!latin1) return text;
  const decoded = new TextDecoder('utf-8', { fatal: false, ignoreBOM: true }).decode(bytes);
  return decoded.includes('\ufffd') ? text : decoded;
}
