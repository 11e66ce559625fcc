import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { decodeSecretBase64 } from '../base64.ts';
import { importHmac } from '../hmac.ts';
import { SECRETS_MAX } from '../limits.ts';
import type { SecretCode, SecretFailure } from '../verify/keys.ts';
import { judgeSharedSecret } from '../verify/keys.ts';

/** One secret of a receiver, ready to sign. */
export interface Signer {
  readonly version: 'v1' | 'v1a';
  sign(message: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>>;
}

/**
 * `whsec_` (a shared secret: v1) and `whsk_` (an ed25519 private key: v1a) in their order. One bad
 * secret spoils all.
 */
export async function parseSigners(
  secrets: readonly string[],
): Promise<Result<readonly Signer[], SecretFailure>> {
  if (secrets.length === 0) return fail({ code: 'no_secret', index: 0 });
  if (secrets.length > SECRETS_MAX) return fail({ code: 'too_many_secrets', index: 0 });
  const signers: Signer[] = [];
  for (const [index, secret] of secrets.entries()) {
    const signer = await parseSigner(secret);
    if (typeof signer === 'string') return fail({ code: signer, index });
    signers.push(signer);
  }
  return ok(signers);
}

async function parseSigner(secret: string): Promise<Signer | SecretCode> {
  const [, prefix, text = ''] = /^(whsec|whpk|whsk)_(.*)$/s.exec(secret) ?? [];
  const bytes = decodeSecretBase64(text);
  if (prefix === undefined || bytes === undefined || bytes.length === 0) return 'secret_malformed';
  // A public key checks; nobody can sign with it.
  if (prefix === 'whpk') return 'secret_wrong_kind';
  if (prefix === 'whsk') return toPrivateSigner(bytes);
  const weak = judgeSharedSecret(bytes);
  if (weak !== undefined) return weak;
  return { version: 'v1', sign: async (message) => (await importHmac(bytes)).sign(message) };
}

/** RFC 8410, 7: PKCS #8 of an ed25519 key up to its 32-byte seed, the form WebCrypto reads. */
const PKCS8_PREFIX: readonly number[] = [
  0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x04, 0x22, 0x04, 0x20,
];

/** 64 bytes: seed, then public key. */
async function toPrivateSigner(bytes: Uint8Array<ArrayBuffer>): Promise<Signer | SecretCode> {
  if (bytes.length !== 64) return 'secret_malformed';
  const pkcs8 = Uint8Array.of(...PKCS8_PREFIX, ...bytes.subarray(0, 32));
  const key = await crypto.subtle.importKey('pkcs8', pkcs8, 'Ed25519', false, ['sign']);
  const sign = async (message: Uint8Array<ArrayBuffer>) =>
    new Uint8Array(await crypto.subtle.sign('Ed25519', key, message));
  // Halves that do not belong together make signatures that nobody can check; told at the start.
  return (await isPublicHalf(bytes.slice(32), sign))
    ? { version: 'v1a', sign }
    : 'secret_malformed';
}

async function isPublicHalf(
  publicKey: Uint8Array<ArrayBuffer>,
  sign: Signer['sign'],
): Promise<boolean> {
  const probe = Uint8Array.of(0);
  try {
    const key = await crypto.subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify']);
    return await crypto.subtle.verify('Ed25519', key, await sign(probe), probe);
  } catch {
    // Some runtimes refuse bytes that are no point when they read them, others when they check.
    return false;
  }
}
