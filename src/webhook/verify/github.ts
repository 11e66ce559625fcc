import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { joinSigned } from '../signed-bytes.ts';
import type { InboundFailure } from './failure.ts';
import type { FieldValues } from './header-fields.ts';
import { optionalId, requireFields } from './header-fields.ts';
import { findHmacKey, parseHexSignature } from './hex-signature.ts';
import type { VerifyKey } from './keys.ts';
import type { Verified } from './verified.ts';

/**
 * `X-Hub-Signature-256: sha256=<hex>` over the body alone. Nothing is dated: a replay is known by
 * its delivery's id. The older header with SHA-1 is never read.
 */
export async function verifyGithub(
  keys: readonly VerifyKey[],
  fields: FieldValues,
  body: Uint8Array,
): Promise<Result<Verified, InboundFailure>> {
  const found = requireFields(fields, ['x-hub-signature-256']);
  if (!found.ok) return found;
  const [header] = found.value;
  const signature = header.startsWith('sha256=') ? parseHexSignature(header.slice(7)) : undefined;
  if (signature === undefined) return fail({ code: 'signature_malformed' });
  const key = await findHmacKey(keys, joinSigned(body), [signature]);
  if (key === undefined) return fail({ code: 'signature_mismatch' });
  const id = optionalId(fields, 'x-github-delivery');
  return id.ok ? ok({ key, id: id.value }) : id;
}
