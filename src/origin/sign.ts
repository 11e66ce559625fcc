/** How the Worker shows the origin who it is. */
export type OriginAuth =
  | { readonly scheme: 'none' }
  | { readonly scheme: 'bearer'; readonly secret: string }
  | { readonly scheme: 'hmac'; readonly secret: string };

export const TIMESTAMP_HEADER = 'x-origin-timestamp';
export const SIGNATURE_HEADER = 'x-origin-signature';

/** Who signs a request says when, where to and what: none of it can be changed or sent later. */
export async function signRequest(
  secret: string,
  request: { readonly timestamp: string; readonly path: string; readonly body: Uint8Array },
): Promise<string> {
  const key = await importKey(secret);
  const signature = await crypto.subtle.sign('HMAC', key, await toSigned(request));
  return `v1=${toHex(new Uint8Array(signature))}`;
}

/** The other side of it. WebCrypto compares in constant time. */
export async function verifyRequest(
  secret: string,
  request: { readonly timestamp: string; readonly path: string; readonly body: Uint8Array },
  signature: string,
): Promise<boolean> {
  const hex = /^v1=([0-9a-f]{64})$/.exec(signature)?.[1];
  if (hex === undefined) return false;
  const bytes = Uint8Array.from(hex.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
  return crypto.subtle.verify('HMAC', await importKey(secret), bytes, await toSigned(request));
}

/** `timestamp.path.SHA-256 of the body`: a large body is hashed once, not signed whole. */
async function toSigned({
  timestamp,
  path,
  body,
}: Parameters<typeof signRequest>[1]): Promise<Uint8Array<ArrayBuffer>> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', body as BufferSource));
  return Uint8Array.from(new TextEncoder().encode(`${timestamp}.${path}.${toHex(digest)}`));
}

function importKey(secret: string): ReturnType<typeof crypto.subtle.importKey> {
  const raw = new TextEncoder().encode(secret);
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  return crypto.subtle.importKey('raw', raw, algorithm, false, ['sign', 'verify']);
}

function toHex(bytes: Uint8Array): string {
  return [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}
