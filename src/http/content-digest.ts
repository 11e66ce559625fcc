import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';

export type ContentDigestFailure =
  | { readonly code: 'bad_content_digest' }
  | { readonly code: 'content_digest_mismatch'; readonly algorithm: string };

const ALGORITHMS: Readonly<Record<string, string>> = { 'sha-256': 'SHA-256', 'sha-512': 'SHA-512' };

/** One member of the dictionary: `sha-256=:<base64>:` (RFC 9530, 2; RFC 8941, 3.2 and 3.3.5). */
const MEMBER = /^([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]+={0,2}):$/;

/**
 * Verifies a request's Content-Digest against the body as it was sent. Algorithms other than
 * sha-256 and sha-512 are passed over, as RFC 9530 lets a receiver do; a broken header is an error,
 * because a sender who took the trouble wants to know that nothing was checked.
 */
export async function verifyContentDigest(
  header: string | undefined,
  body: Uint8Array,
): Promise<Result<void, ContentDigestFailure>> {
  if (header === undefined) return ok(undefined);
  for (const member of header.split(',')) {
    const match = MEMBER.exec(member.trim());
    if (match === null) return fail({ code: 'bad_content_digest' });
    const [, name = '', encoded = ''] = match;
    const algorithm = ALGORITHMS[name];
    if (algorithm === undefined) continue;
    const actual = new Uint8Array(await crypto.subtle.digest(algorithm, body));
    if (toBase64(actual) !== encoded) {
      return fail({ code: 'content_digest_mismatch', algorithm: name });
    }
  }
  return ok(undefined);
}

function toBase64(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes));
}
