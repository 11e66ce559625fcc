import type { Result } from '../../result.ts';
import { fail } from '../../result.ts';
import { INBOUND_BODY_BYTES_MAX } from '../limits.ts';
import { verifyBearer } from './bearer.ts';
import type { InboundFailure } from './failure.ts';
import { verifyGithub } from './github.ts';
import type { HeaderFields } from './header-fields.ts';
import { readFields } from './header-fields.ts';
import type { Scheme, VerifyKey } from './keys.ts';
import { verifySlack } from './slack.ts';
import { verifyStandard } from './standard.ts';
import { verifyStripe } from './stripe.ts';
import type { Verified } from './verified.ts';

/** How the messages of a source are proved. */
export interface Verifier {
  readonly scheme: Scheme;
  /** At least one, from `parseVerifyKeys`. */
  readonly keys: readonly VerifyKey[];
  readonly toleranceSeconds: number;
}

/**
 * Whether a message comes from who holds one of the source's secrets.
 *
 * `body`: the raw bytes, never decoded. `nowSeconds`: Unix seconds, may have a fraction. Order of
 * the checks: size of the body, headers, id, timestamp, number and length of the signatures, the
 * signatures themselves; the first that fails is told.
 */
export async function verifyMessage(
  { scheme, keys, toleranceSeconds }: Verifier,
  headers: HeaderFields,
  body: Uint8Array,
  nowSeconds: number,
): Promise<Result<Verified, InboundFailure>> {
  // Without a key nothing could be refused rightly; configuration never gets here without one.
  if (keys.length === 0) throw new RangeError('verifyMessage: no key');
  if (body.length > INBOUND_BODY_BYTES_MAX) return fail({ code: 'body_too_large' });
  const fields = readFields(headers);
  const window = { nowSeconds, toleranceSeconds };
  if (scheme === 'standard') return verifyStandard(keys, fields, body, window);
  if (scheme === 'github') return verifyGithub(keys, fields, body);
  if (scheme === 'stripe') return verifyStripe(keys, fields, body, window);
  if (scheme === 'slack') return verifySlack(keys, fields, body, window);
  return verifyBearer(keys, fields);
}
