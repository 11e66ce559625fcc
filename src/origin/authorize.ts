import { type OriginAuth, SIGNATURE_HEADER, signRequest, TIMESTAMP_HEADER } from './sign.ts';

/** Puts on a request's headers what the origin asks for. */
export async function authorize(
  headers: Headers,
  auth: OriginAuth,
  request: { readonly url: string; readonly body: Uint8Array; readonly nowMs: number },
): Promise<void> {
  if (auth.scheme === 'none') return;
  if (auth.scheme === 'bearer') {
    headers.set('authorization', `Bearer ${auth.secret}`);
    return;
  }
  const { pathname, search } = new URL(request.url);
  const timestamp = `${Math.floor(request.nowMs / 1000)}`;
  const signed = { timestamp, path: `${pathname}${search}`, body: request.body };
  headers.set(TIMESTAMP_HEADER, timestamp);
  headers.set(SIGNATURE_HEADER, await signRequest(auth.secret, signed));
}
