import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { SIGNATURE_HEADER_BYTES_MAX, SIGNATURES_MAX } from '../limits.ts';
import { joinSigned } from '../signed-bytes.ts';
import type { InboundFailure } from './failure.ts';
import type { FieldValues } from './header-fields.ts';
import { requireFields } from './header-fields.ts';
import { findHmacKey, parseHexSignature } from './hex-signature.ts';
import type { VerifyKey } from './keys.ts';
import type { Window } from './timestamp.ts';
import { judgeTimestamp } from './timestamp.ts';
import type { Verified } from './verified.ts';

/** `Stripe-Signature: t=<timestamp>,v1=<hex>,…` over `<timestamp>.<body>`. */
export async function verifyStripe(
  keys: readonly VerifyKey[],
  fields: FieldValues,
  body: Uint8Array,
  window: Window,
): Promise<Result<Verified, InboundFailure>> {
  const found = requireFields(fields, ['stripe-signature']);
  if (!found.ok) return found;
  const [header] = found.value;
  if (header.length > SIGNATURE_HEADER_BYTES_MAX) return fail({ code: 'header_too_long' });
  const timestamps = valuesOf(header, 't');
  const [timestamp = ''] = timestamps;
  if (timestamps.length !== 1) return fail({ code: 'bad_timestamp' });
  const outside = judgeTimestamp(timestamp, window);
  if (outside !== undefined) return fail({ code: outside });
  const sent = valuesOf(header, 'v1');
  if (sent.length > SIGNATURES_MAX) return fail({ code: 'too_many_signatures' });
  if (sent.length === 0) return fail({ code: 'no_supported_signature' });
  const signatures = sent.map(parseHexSignature).filter((signature) => signature !== undefined);
  if (signatures.length === 0) return fail({ code: 'signature_malformed' });
  const key = await findHmacKey(keys, joinSigned(timestamp, '.', body), signatures);
  return key === undefined ? fail({ code: 'signature_mismatch' }) : ok({ key, id: undefined });
}

/** No space is skipped: " v1" is another key than "v1". */
function valuesOf(header: string, key: string): string[] {
  return header
    .split(',')
    .filter((item) => item.startsWith(`${key}=`))
    .map((item) => item.slice(key.length + 1));
}
