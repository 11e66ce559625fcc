import type { Digest } from '../digest.ts';
import { sha256 } from '../digest.ts';
import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';

/** A key as it is configured: its name, and the SHA-256 of the whole key. Never the key itself. */
export interface ApiKey {
  readonly id: string;
  readonly sha256: Digest;
}

/** Who is asking. Logs, rate limits and scoped results know the name, never the key. */
export interface Principal {
  readonly id: string;
}

const ANONYMOUS: Principal = { id: 'anonymous' };

/** RFC 6750, 2.1; keys are longer than this by far, anything longer is not one of ours. */
const BEARER = /^Bearer +([A-Za-z0-9._~+/=-]{1,256})$/i;

export async function authenticate(
  authorization: string | undefined,
  auth: 'required' | 'off',
  keys: readonly ApiKey[],
): Promise<Result<Principal, { readonly code: 'unauthorized' }>> {
  if (auth === 'off') return ok(ANONYMOUS);
  const presented = BEARER.exec(authorization ?? '')?.[1];
  if (presented === undefined) return fail({ code: 'unauthorized' });
  const digest = await sha256(new TextEncoder().encode(presented));
  let found: ApiKey | undefined;
  // Every key is compared, whichever matches: the time taken says nothing about the list.
  for (const key of keys) if (equalDigests(key.sha256, digest)) found = key;
  return found === undefined ? fail({ code: 'unauthorized' }) : ok({ id: found.id });
}

function equalDigests(a: Digest, b: Digest): boolean {
  let difference = 0;
  for (let i = 0; i < a.length; i++) difference |= a.charCodeAt(i) ^ b.charCodeAt(i);
  return difference === 0;
}
