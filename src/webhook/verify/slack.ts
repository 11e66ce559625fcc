import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { joinSigned } from '../signed-bytes.ts';
import type { InboundFailure } from './failure.ts';
import type { FieldValues } from './header-fields.ts';
import { requireFields } from './header-fields.ts';
import { findHmacKey, parseHexSignature } from './hex-signature.ts';
import type { VerifyKey } from './keys.ts';
import type { Window } from './timestamp.ts';
import { judgeTimestamp } from './timestamp.ts';
import type { Verified } from './verified.ts';

/** `X-Slack-Signature: v0=<hex>` over `v0:<timestamp>:<body>`. */
export async function verifySlack(
  keys: readonly VerifyKey[],
  fields: FieldValues,
  body: Uint8Array,
  window: Window,
): Promise<Result<Verified, InboundFailure>> {
  const found = requireFields(fields, ['x-slack-signature', 'x-slack-request-timestamp']);
  if (!found.ok) return found;
  const [header, timestamp] = found.value;
  const outside = judgeTimestamp(timestamp, window);
  if (outside !== undefined) return fail({ code: outside });
  const signature = header.startsWith('v0=') ? parseHexSignature(header.slice(3)) : undefined;
  if (signature === undefined) return fail({ code: 'signature_malformed' });
  const key = await findHmacKey(keys, joinSigned('v0:', timestamp, ':', body), [signature]);
  return key === undefined ? fail({ code: 'signature_mismatch' }) : ok({ key, id: undefined });
}
