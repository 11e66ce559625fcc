import { fail, ok, type Result } from '../result.ts';
import type { OriginFailure } from './failure.ts';
import { ANSWER_BYTES_MAX } from './limits.ts';

/** The part of `fetch` that an origin is called with. */
export type OriginFetch = (url: string, init: RequestInit) => Promise<Response>;

export interface Exchanged {
  readonly body: Uint8Array;
  readonly headers: Headers;
}

/** One POST and its whole answer under a limit. Redirects are answers, and bad ones. */
export async function exchange(
  fetchOrigin: OriginFetch,
  url: string,
  init: { readonly headers: Headers; readonly body: Uint8Array; readonly signal: AbortSignal },
): Promise<Result<Exchanged, OriginFailure>> {
  let response: Response;
  try {
    response = await fetchOrigin(url, {
      method: 'POST',
      redirect: 'manual',
      ...init,
    } as RequestInit);
  } catch (thrown) {
    return fail(toFailure(thrown, init.signal));
  }
  if (response.status !== 200) {
    await letGo(response);
    return fail(statusFailure(response));
  }
  const body = await readAnswer(response, init.signal);
  return body.ok ? ok({ body: body.value, headers: response.headers }) : body;
}

/** What the runtimes call a certificate that does not hold; everything else may pass. */
const LASTING = /certificate|tls|ssl/i;

function toFailure(thrown: unknown, signal: AbortSignal): OriginFailure {
  if (signal.aborted) return { code: 'origin_timeout' };
  const message = thrown instanceof Error ? `${thrown.message} ${thrown.cause ?? ''}` : '';
  return { code: 'origin_unreachable', passing: !LASTING.test(message) };
}

function statusFailure(response: Response): OriginFailure {
  const { status } = response;
  const seconds = response.headers.get('retry-after') ?? '';
  if (!/^\d{1,5}$/.test(seconds)) return { code: 'origin_status', status };
  return { code: 'origin_status', status, retryAfterSeconds: Number(seconds) };
}

async function readAnswer(
  response: Response,
  signal: AbortSignal,
): Promise<Result<Uint8Array, OriginFailure>> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of response.body ?? []) {
      length += chunk.length;
      // Leaving the loop cancels the stream: what is too much is not read to its end.
      if (length > ANSWER_BYTES_MAX) {
        return fail({ code: 'origin_too_large', bytesMax: ANSWER_BYTES_MAX });
      }
      chunks.push(chunk);
    }
  } catch (thrown) {
    return fail(toFailure(thrown, signal));
  }
  const body = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    body.set(chunk, at);
    at += chunk.length;
  }
  return ok(body);
}

/** An unread body would hold its connection. That it breaks while let go is as good. */
async function letGo(response: Response): Promise<void> {
  await response.body?.cancel().catch(() => undefined);
}
