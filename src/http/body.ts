import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';

export type BodyFailure =
  | { readonly code: 'body_too_large'; readonly bytesMax: number }
  | { readonly code: 'unsupported_content_encoding'; readonly saw: string }
  | { readonly code: 'body_incomplete' };

/**
 * Reads a request's body whole, never holding more than `bytesMax`. A declared length lets one
 * buffer of the right size be filled in place, so that the usual upload is copied once.
 */
export async function readBody(
  request: Request,
  bytesMax: number,
): Promise<Result<Uint8Array, BodyFailure>> {
  const encoding = request.headers.get('content-encoding');
  // A compressed body would make the limit mean something else; pictures are compressed already.
  if (encoding !== null && encoding.trim().toLowerCase() !== 'identity') {
    return fail({ code: 'unsupported_content_encoding', saw: encoding.slice(0, 60) });
  }
  const declared = Number(request.headers.get('content-length') ?? Number.NaN);
  if (declared > bytesMax) return fail({ code: 'body_too_large', bytesMax });
  if (request.body === null) return ok(new Uint8Array(0));
  try {
    return await collect(request.body, Number.isInteger(declared) ? declared : undefined, bytesMax);
  } catch {
    // The stream errors when the client goes away or sends less than it declared.
    return fail({ code: 'body_incomplete' });
  }
}

/** Growth when no length was declared: doubling copies each byte about twice in all. */
const FIRST_GUESS_BYTES = 65_536;

async function collect(
  stream: ReadableStream<Uint8Array>,
  declared: number | undefined,
  bytesMax: number,
): Promise<Result<Uint8Array, BodyFailure>> {
  let buffer = new Uint8Array(declared ?? FIRST_GUESS_BYTES);
  let filled = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return ok(buffer.subarray(0, filled));
    if (filled + value.length > bytesMax) {
      await reader.cancel();
      return fail({ code: 'body_too_large', bytesMax });
    }
    if (filled + value.length > buffer.length) {
      const larger = new Uint8Array(
        Math.min(bytesMax, Math.max(buffer.length * 2, filled + value.length)),
      );
      larger.set(buffer.subarray(0, filled));
      buffer = larger;
    }
    buffer.set(value, filled);
    filled += value.length;
  }
}
