import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { decodeCanonicalBase64 } from '../base64.ts';
import { hasCanonicalScalar } from '../ed25519.ts';
import { importHmac } from '../hmac.ts';
import { SIGNATURE_HEADER_BYTES_MAX, SIGNATURES_MAX } from '../limits.ts';
import { isMessageId } from '../message-id.ts';
import { joinSigned } from '../signed-bytes.ts';
import type { InboundFailure } from './failure.ts';
import type { FieldValues } from './header-fields.ts';
import { requireFields } from './header-fields.ts';
import type { VerifyKey } from './keys.ts';
import type { Window } from './timestamp.ts';
import { judgeTimestamp } from './timestamp.ts';
import type { Verified } from './verified.ts';

/** Versions by kind of key, and the bytes of their signatures. */
const VERSIONS: Readonly<Record<VerifyKey['kind'], { version: string; bytes: number }>> = {
  hmac: { version: 'v1', bytes: 32 },
  ed25519: { version: 'v1a', bytes: 64 },
};

/**
 * Standard Webhooks 1.0.0: `webhook-signature: v1,<base64> v1a,<base64> …` over
 * `<id>.<timestamp>.<body>`; Svix's own names stand in when none of the standard's is there.
 */
export async function verifyStandard(
  keys: readonly VerifyKey[],
  fields: FieldValues,
  body: Uint8Array,
  window: Window,
): Promise<Result<Verified, InboundFailure>> {
  const found = requireFields(fields, fieldNames(fields));
  if (!found.ok) return found;
  const [id, timestamp, header] = found.value;
  // Platforms join repeated fields with ", ". No entry that could be right ends with a comma.
  if (header.includes(', ')) return fail({ code: 'duplicate_header' });
  if (!isMessageId(id)) return fail({ code: 'bad_id' });
  const outside = judgeTimestamp(timestamp, window);
  if (outside !== undefined) return fail({ code: outside });
  const entries = header.split(' ').filter((entry) => entry !== '');
  if (entries.length > SIGNATURES_MAX) return fail({ code: 'too_many_signatures' });
  if (header.length > SIGNATURE_HEADER_BYTES_MAX) return fail({ code: 'header_too_long' });

  const message = joinSigned(id, '.', timestamp, '.', body);
  let rank: Rank = 'no_supported_signature';
  for (const [index, key] of keys.entries()) {
    const { signatures, sent } = selectSignatures(entries, key.kind);
    if (await isSigned(key, message, signatures)) return ok({ id, key: index });
    if (signatures.length > 0) rank = 'signature_mismatch';
    else if (sent && rank === 'no_supported_signature') rank = 'signature_malformed';
  }
  return fail({ code: rank });
}

/** How near a message came; the nearest is the one that is told. */
type Rank = 'no_supported_signature' | 'signature_malformed' | 'signature_mismatch';

function fieldNames(fields: FieldValues): readonly [string, string, string] {
  const names = ['webhook-id', 'webhook-timestamp', 'webhook-signature'] as const;
  if (names.some((name) => fields.has(name))) return names;
  return ['svix-id', 'svix-timestamp', 'svix-signature'];
}

/** The well-formed signatures of one kind, and whether any of its version was sent at all. */
function selectSignatures(
  entries: readonly string[],
  kind: VerifyKey['kind'],
): { readonly signatures: ReadonlyArray<Uint8Array<ArrayBuffer>>; readonly sent: boolean } {
  const { version, bytes } = VERSIONS[kind];
  const sent = entries.filter((entry) => entry.startsWith(`${version},`));
  const signatures = sent
    .map((entry) => decodeCanonicalBase64(entry.slice(version.length + 1)))
    .filter((signature) => signature?.length === bytes);
  return { signatures: signatures.filter((s) => s !== undefined), sent: sent.length > 0 };
}

async function isSigned(
  key: VerifyKey,
  message: Uint8Array<ArrayBuffer>,
  signatures: ReadonlyArray<Uint8Array<ArrayBuffer>>,
): Promise<boolean> {
  if (signatures.length === 0) return false;
  const check = await (key.kind === 'hmac'
    ? checkerOfHmac(key.bytes, message)
    : checkerOfEd25519(key.bytes, message));
  // All are tried, wherever the right one stands.
  const verdicts = await Promise.all(signatures.map(check));
  return verdicts.includes(true);
}

type Check = (signature: Uint8Array<ArrayBuffer>) => Promise<boolean>;

async function checkerOfHmac(
  bytes: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<Check> {
  const hmac = await importHmac(bytes);
  const expected = await hmac.sign(message);
  return (signature) => hmac.equal(signature, expected);
}

async function checkerOfEd25519(
  bytes: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
): Promise<Check> {
  const key = await crypto.subtle.importKey('raw', bytes, 'Ed25519', false, ['verify']);
  return async (signature) =>
    hasCanonicalScalar(signature) && crypto.subtle.verify('Ed25519', key, signature, message);
}
