import type { DeliveryOutcome } from '../../../src/webhook/deliver/attempt.ts';
import { attemptDelivery } from '../../../src/webhook/deliver/attempt.ts';
import { signMessage } from '../../../src/webhook/deliver/sign.ts';
import { parseSigners } from '../../../src/webhook/deliver/signers.ts';
import type { Scheme } from '../../../src/webhook/verify/keys.ts';
import { parseVerifyKeys } from '../../../src/webhook/verify/keys.ts';
import { verifyMessage } from '../../../src/webhook/verify/verify.ts';

export type Body =
  | { readonly utf8: string }
  | { readonly base64: string }
  | { readonly repeat: { readonly utf8: string; readonly times: number } };

export interface InboundCase {
  readonly scheme: Scheme;
  readonly now: number;
  readonly tolerance: number;
  readonly secrets: readonly string[];
  readonly headers: ReadonlyArray<readonly [string, string]>;
  readonly body: Body;
}

export interface Verdict {
  readonly verdict: string;
  readonly reason: string;
  readonly key?: number;
}

/** The fields as they came, or through the platform's `Headers`, which joins repeated ones. */
export type Carrier = 'pairs' | 'headers';

/** What we say of a case of the suite's inbound.json; the same code in Node and in workerd. */
export async function judgeInbound(given: InboundCase, carrier: Carrier): Promise<Verdict> {
  const keys = parseVerifyKeys(given.scheme, given.secrets);
  if (!keys.ok) return { verdict: 'config_error', reason: keys.failure.code };
  const fields = carrier === 'pairs' ? given.headers : toHeaders(given.headers);
  if (fields === undefined) return { verdict: 'refuse', reason: 'refused_by_headers' };
  const verifier = {
    scheme: given.scheme,
    keys: keys.value,
    toleranceSeconds: given.tolerance,
  };
  const verified = await verifyMessage(verifier, fields, toBytes(given.body), given.now);
  if (!verified.ok) return { verdict: 'refuse', reason: verified.failure.code };
  return { verdict: 'accept', reason: 'ok', key: verified.value.key };
}

/** Undefined when the platform's own class refuses a value. */
function toHeaders(pairs: InboundCase['headers']): Headers | undefined {
  const headers = new Headers();
  try {
    for (const [name, value] of pairs) headers.append(name, value);
  } catch {
    return undefined;
  }
  return headers;
}

export interface SignCase {
  readonly secrets: readonly string[];
  readonly id?: string;
  readonly timestamp?: number;
  readonly body?: Body;
}

/** Headers of a case of outbound.json, or the code of what is wrong with its secrets. */
export async function signCase(given: SignCase): Promise<Readonly<Record<string, string>>> {
  const signers = await parseSigners(given.secrets);
  if (!signers.ok) return { error: signers.failure.code };
  const { id = 'msg', timestamp: timestampSeconds = 0, body = { utf8: '' } } = given;
  return { ...(await signMessage(signers.value, { id, timestampSeconds, body: toBytes(body) })) };
}

export interface ResponseCase {
  readonly attempt: number;
  readonly now: number;
  readonly outcome: {
    readonly status?: number;
    readonly headers?: Readonly<Record<string, string>>;
    readonly error?: string;
  };
}

const URL_REFUSED = 'https://10.0.0.1/hook';

/** One attempt whose answer is the case's, with the jitter that `chance` makes. */
export async function answerCase(
  { attempt, now, outcome }: ResponseCase,
  chance: number,
): Promise<{ readonly outcome: DeliveryOutcome; readonly fetches: number }> {
  const signers = await parseSigners(['whsec_xT6a9H+n+sTHVo6PO/f3plPyjn4wlWqHsIi3XzsukAk=']);
  if (!signers.ok) throw new Error('the secret is a good one');
  let fetches = 0;
  const { status, headers = {}, error } = outcome;
  const delivered = await attemptDelivery(
    {
      url: error === 'url_refused' ? URL_REFUSED : 'https://receiver.example.com/hook',
      id: 'msg_1',
      attempt,
      body: toBytes({ utf8: '{}' }),
      signers: signers.value,
    },
    {
      async fetch(_url, init) {
        fetches += 1;
        if (init.redirect !== 'manual') throw new Error('a redirect would be followed');
        if (error === 'timeout') return new Promise(() => undefined);
        if (status === undefined) throw new TypeError(error);
        return new Response(null, { status, headers });
      },
      policy: {},
      clock: () => now * 1000,
      random: () => chance,
      timeoutMs: 20,
    },
  );
  return { outcome: delivered, fetches };
}

export function toBytes(body: Body): Uint8Array<ArrayBuffer> {
  if ('base64' in body) {
    return Uint8Array.from(atob(body.base64), (character) => character.charCodeAt(0));
  }
  const text = 'utf8' in body ? body.utf8 : body.repeat.utf8.repeat(body.repeat.times);
  return new Uint8Array(new TextEncoder().encode(text));
}

export interface AttemptCase {
  readonly url: string;
  readonly attempt: number;
  readonly secrets: readonly string[];
  readonly body: Body;
  readonly trustedOrigins: readonly string[];
  readonly timeoutMs?: number;
}

/** One attempt over the platform's own sockets. */
export async function attemptCase(given: AttemptCase): Promise<DeliveryOutcome> {
  const signers = await parseSigners(given.secrets);
  if (!signers.ok) throw new Error(signers.failure.code);
  const { url, attempt, trustedOrigins, timeoutMs } = given;
  return attemptDelivery(
    { url, id: 'msg_1', attempt, body: toBytes(given.body), signers: signers.value },
    {
      fetch: (address, init) => fetch(address, init),
      policy: { trustedOrigins },
      clock: Date.now,
      random: () => 0.5,
      ...(timeoutMs !== undefined && { timeoutMs }),
    },
  );
}
