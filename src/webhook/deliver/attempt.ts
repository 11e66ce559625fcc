import type { UrlCode, UrlPolicy } from '../../net/check-url.ts';
import { checkUrl } from '../../net/check-url.ts';
import { tryCancel } from '../../net/read-bounded.ts';
import { ATTEMPT_TIMEOUT_MS } from './limits.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { Random } from './schedule.ts';
import { nextAttemptDelayMs } from './schedule.ts';
import { signMessage } from './sign.ts';
import type { Signer } from './signers.ts';

export interface DeliveryRequest {
  readonly url: string;
  /** The same for all attempts of one message. */
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** JSON, and signed as these bytes. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** At least one; from `parseSigners`. */
  readonly signers: readonly Signer[];
}

export interface DeliveryDeps {
  fetch(url: string, init: RequestInit): Promise<Response>;
  readonly policy: UrlPolicy;
  /** Milliseconds since 1970. */
  readonly clock: () => number;
  readonly random: Random;
  /** 15 s, unless a test has less patience. */
  readonly timeoutMs?: number;
}

/** Why an attempt did not deliver. */
export type DeliveryCause =
  | { readonly code: 'bad_status'; readonly status: number }
  | { readonly code: 'gone'; readonly status: 410 }
  | { readonly code: 'timeout' }
  /** No such name, no route, no TLS, a broken answer: the platform tells no more. */
  | { readonly code: 'no_answer' }
  | { readonly code: 'url_refused'; readonly because: UrlCode };

/** `ms`: how long the attempt took. */
export type DeliveryOutcome =
  | { readonly outcome: 'delivered'; readonly ms: number; readonly status: number }
  /** Again after `delayMs`, from now. */
  | {
      readonly outcome: 'retry';
      readonly ms: number;
      readonly cause: DeliveryCause;
      readonly delayMs: number;
    }
  /** Nothing more goes to this receiver: it said so, or its address is one we do not ask. */
  | { readonly outcome: 'disabled'; readonly ms: number; readonly cause: DeliveryCause }
  /** The last attempt failed; the receiver stays on for other messages. */
  | { readonly outcome: 'failed'; readonly ms: number; readonly cause: DeliveryCause };

/** Where Retry-After is about load; beside other statuses it says nothing about this message. */
const RETRY_AFTER_STATUSES: ReadonlySet<number> = new Set([429, 502, 503, 504]);

type Answer =
  | { readonly status: number; readonly retryAfter: string | undefined }
  | { readonly cause: DeliveryCause };

/**
 * One attempt to hand a message to its receiver. 2xx alone delivers; a redirect is a failure and is
 * not followed, so that a receiver cannot point us elsewhere; of the answer only the status and
 * Retry-After are looked at, its body is never read.
 */
export async function attemptDelivery(
  request: DeliveryRequest,
  deps: DeliveryDeps,
): Promise<DeliveryOutcome> {
  const startMs = deps.clock();
  const url = checkUrl(request.url, deps.policy);
  const answer: Answer = url.ok
    ? await send(url.value, request, deps, startMs)
    : { cause: { code: 'url_refused', because: url.failure.code } };
  const endMs = deps.clock();
  const ms = endMs - startMs;
  if ('cause' in answer) {
    return answer.cause.code === 'url_refused'
      ? { outcome: 'disabled', ms, cause: answer.cause }
      : retryOrGiveUp(request.attempt, answer.cause, undefined, ms, deps.random);
  }
  const { status } = answer;
  if (status >= 200 && status <= 299) return { outcome: 'delivered', ms, status };
  if (status === 410) return { outcome: 'disabled', ms, cause: { code: 'gone', status } };
  const text = RETRY_AFTER_STATUSES.has(status) ? answer.retryAfter : undefined;
  const seconds = text === undefined ? undefined : parseRetryAfter(text, endMs / 1000);
  return retryOrGiveUp(request.attempt, { code: 'bad_status', status }, seconds, ms, deps.random);
}

function retryOrGiveUp(
  attempt: number,
  cause: DeliveryCause,
  retryAfterSeconds: number | undefined,
  ms: number,
  random: Random,
): DeliveryOutcome {
  const delayMs = nextAttemptDelayMs(attempt, random, retryAfterSeconds);
  if (delayMs === undefined) return { outcome: 'failed', ms, cause };
  return { outcome: 'retry', ms, cause, delayMs };
}

async function send(
  url: URL,
  { id, body, signers }: DeliveryRequest,
  deps: DeliveryDeps,
  nowMs: number,
): Promise<Answer> {
  const timestampSeconds = Math.floor(nowMs / 1000);
  const signature = await signMessage(signers, { id, timestampSeconds, body });
  const deadline = new AbortController();
  const late = Promise.withResolvers<'late'>();
  const timer = setTimeout(() => {
    deadline.abort();
    late.resolve('late');
  }, deps.timeoutMs ?? ATTEMPT_TIMEOUT_MS);
  try {
    const asked = deps.fetch(url.href, {
      method: 'POST',
      headers: { ...signature, ...HEADERS },
      body,
      redirect: 'manual',
      signal: deadline.signal,
    });
    // Not every fetch listens to its signal.
    const response = await Promise.race([asked, late.promise]);
    if (response === 'late') return { cause: { code: 'timeout' } };
    if (response.body !== null) await tryCancel(response.body);
    return {
      status: response.status,
      retryAfter: response.headers.get('retry-after')?.trim(),
    };
  } catch {
    return { cause: { code: deadline.signal.aborted ? 'timeout' : 'no_answer' } };
  } finally {
    clearTimeout(timer);
  }
}

/** All that goes along beside the signature: no cookie, no key of ours. */
const HEADERS = {
  'content-type': 'application/json',
  'user-agent': 'razorbill (webhooks)',
} as const;
