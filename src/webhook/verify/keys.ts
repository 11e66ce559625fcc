import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { decodeSecretBase64 } from '../base64.ts';
import { judgePublicKey } from '../ed25519.ts';
import {
  BEARER_CHARS_MAX,
  BEARER_CHARS_MIN,
  SECRET_BYTES_MAX,
  SECRET_BYTES_MIN,
  SECRETS_MAX,
} from '../limits.ts';
import { joinSigned } from '../signed-bytes.ts';

export const SCHEMES = ['standard', 'github', 'stripe', 'slack', 'bearer'] as const;
export type Scheme = (typeof SCHEMES)[number];

/** What a message of a source is checked with; index 0 is the first secret configured. */
export type VerifyKey =
  | { readonly kind: 'hmac'; readonly bytes: Uint8Array<ArrayBuffer> }
  /** A public key, 32 bytes. */
  | { readonly kind: 'ed25519'; readonly bytes: Uint8Array<ArrayBuffer> };

export type SecretCode =
  | 'no_secret'
  | 'too_many_secrets'
  | 'secret_empty'
  | 'secret_malformed'
  | 'secret_wrong_kind'
  | 'secret_too_short'
  | 'secret_too_long'
  | 'weak_public_key';

export interface SecretFailure {
  readonly code: SecretCode;
  /** Which of the secrets, from 0; 0 too when it is their number. */
  readonly index: number;
}

/** The secrets of one source. One bad secret spoils all: nothing is accepted on the others. */
export function parseVerifyKeys(
  scheme: Scheme,
  secrets: readonly string[],
): Result<readonly VerifyKey[], SecretFailure> {
  if (secrets.length === 0) return fail({ code: 'no_secret', index: 0 });
  if (secrets.length > SECRETS_MAX) return fail({ code: 'too_many_secrets', index: 0 });
  const keys: VerifyKey[] = [];
  for (const [index, secret] of secrets.entries()) {
    const key = parseKey(scheme, secret);
    if (typeof key === 'string') return fail({ code: key, index });
    keys.push(key);
  }
  return ok(keys);
}

function parseKey(scheme: Scheme, secret: string): VerifyKey | SecretCode {
  if (scheme === 'standard') return parseStandardKey(secret);
  // These senders sign with the text itself, whatever it looks like.
  if (secret === '') return 'secret_empty';
  if (scheme === 'bearer') {
    // RFC 6750, 2.1: what can stand behind "Bearer ".
    if (!/^[A-Za-z0-9._~+/-]+=*$/.test(secret)) return 'secret_malformed';
    if (secret.length < BEARER_CHARS_MIN) return 'secret_too_short';
    if (secret.length > BEARER_CHARS_MAX) return 'secret_too_long';
  }
  return { kind: 'hmac', bytes: joinSigned(secret) };
}

function parseStandardKey(secret: string): VerifyKey | SecretCode {
  const [, prefix, text = ''] = /^(whsec|whpk|whsk)_(.*)$/s.exec(secret) ?? [];
  const bytes = decodeSecretBase64(text);
  if (prefix === undefined || bytes === undefined || bytes.length === 0) return 'secret_malformed';
  // A private key signs; who only checks must not hold it.
  if (prefix === 'whsk') return 'secret_wrong_kind';
  if (prefix === 'whsec') return judgeSharedSecret(bytes) ?? { kind: 'hmac', bytes };
  const verdict = bytes.length === 32 ? judgePublicKey(bytes) : 'no_point';
  if (verdict === 'weak') return 'weak_public_key';
  return verdict === 'no_point' ? 'secret_malformed' : { kind: 'ed25519', bytes };
}

export function judgeSharedSecret(bytes: Uint8Array): SecretCode | undefined {
  if (bytes.length < SECRET_BYTES_MIN) return 'secret_too_short';
  return bytes.length > SECRET_BYTES_MAX ? 'secret_too_long' : undefined;
}
