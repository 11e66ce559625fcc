import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import { FIRST_READ_BYTES } from './limits.ts';

export type ReadFailure =
  | { readonly code: 'body_too_large'; readonly bytesMax: number }
  | { readonly code: 'fetch_failed' };

/**
 * Reads a response's body whole. The platform decompresses, so the bytes counted are those after
 * it: a bomb ends at the limit. `signal` ends the wait for a body that stops coming.
 */
export async function readBounded(
  response: Response,
  bytesMax: number,
  signal: AbortSignal,
): Promise<Result<Uint8Array<ArrayBuffer>, ReadFailure>> {
  const tooLarge = fail({ code: 'body_too_large', bytesMax });
  const declared = declaredBytes(response);
  if (response.body === null) return ok(new Uint8Array(0));
  if (declared !== undefined && declared > bytesMax) {
    await tryCancel(response.body);
    return tooLarge;
  }
  if (signal.aborted) {
    await tryCancel(response.body);
    return fail({ code: 'fetch_failed' });
  }
  const reader = response.body.getReader();
  const stop = () => void tryCancel(reader);
  signal.addEventListener('abort', stop);
  try {
    const body = await collect(reader, declared ?? FIRST_READ_BYTES, bytesMax);
    if (signal.aborted) return fail({ code: 'fetch_failed' });
    return body === undefined ? tooLarge : ok(body);
  } catch {
    // The connection broke, the compressed data is damaged, or the signal ended the transfer.
    return fail({ code: 'fetch_failed' });
  } finally {
    signal.removeEventListener('abort', stop);
    await tryCancel(reader);
  }
}

/** Says how long the body will be, where compression doesn't make that number mean another. */
function declaredBytes(response: Response): number | undefined {
  const text = response.headers.get('content-length') ?? '';
  const encoded = response.headers.has('content-encoding');
  return encoded || !/^\d{1,15}$/.test(text) ? undefined : Number(text);
}

/** Undefined past the limit. One buffer that doubles: a million tiny chunks cost no more. */
async function collect(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  firstBytes: number,
  bytesMax: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  let held = new Uint8Array(Math.min(firstBytes, bytesMax));
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    if (length + value.length > bytesMax) return undefined;
    if (length + value.length > held.length) {
      const bytes = Math.min(Math.max(held.length * 2, length + value.length), bytesMax);
      held = new Uint8Array(held.buffer.transfer(bytes));
    }
    held.set(value, length);
    length += value.length;
  }
  return length === held.length ? held : new Uint8Array(held.buffer.transfer(length));
}

/** Lets a connection go that nobody reads from any more; that it is gone already is as good. */
export async function tryCancel(stream: { cancel(): Promise<void> }): Promise<void> {
  await stream.cancel().catch(() => undefined);
}
