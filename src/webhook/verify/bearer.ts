import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { importHmac } from '../hmac.ts';
import { BEARER_CHARS_MAX } from '../limits.ts';
import { joinSigned } from '../signed-bytes.ts';
import type { InboundFailure } from './failure.ts';
import type { FieldValues } from './header-fields.ts';
import { optionalId, requireFields } from './header-fields.ts';
import type { VerifyKey } from './keys.ts';
import type { Verified } from './verified.ts';

/**
 * `Authorization: Bearer <token>` (RFC 6750), for senders that cannot sign. It proves who sends,
 * not what: a `webhook-id` is believed because its sender is.
 */
export async function verifyBearer(
  keys: readonly VerifyKey[],
  fields: FieldValues,
): Promise<Result<Verified, InboundFailure>> {
  const found = requireFields(fields, ['authorization']);
  if (!found.ok) return found;
  const [header] = found.value;
  if (header.length > 'Bearer '.length + BEARER_CHARS_MAX) return fail({ code: 'header_too_long' });
  const [, token] = /^Bearer ([A-Za-z0-9._~+/-]+=*)$/i.exec(header) ?? [];
  if (token === undefined) return fail({ code: 'signature_malformed' });
  const sent = joinSigned(token);
  for (const [index, key] of keys.entries()) {
    const hmac = await importHmac(key.bytes);
    if (!(await hmac.equal(sent, key.bytes))) continue;
    const id = optionalId(fields, 'webhook-id');
    return id.ok ? ok({ key: index, id: id.value }) : id;
  }
  return fail({ code: 'signature_mismatch' });
}
