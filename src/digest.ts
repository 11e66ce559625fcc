/** SHA-256 of exact bytes, 64 lower-case hexadecimal digits. */
export type Digest = string & { readonly __digest: unique symbol };

const DIGEST = /^[0-9a-f]{64}$/;

export function isDigest(text: string): text is Digest {
  return DIGEST.test(text);
}

export async function sha256(bytes: BufferSource): Promise<Digest> {
  return toDigest(new Uint8Array(await crypto.subtle.digest('SHA-256', bytes)));
}

/** Names 32 hash bytes; other lengths are a bug of the caller. */
export function toDigest(hash: Uint8Array): Digest {
  if (hash.length !== 32) throw new RangeError(`digest: ${hash.length} bytes, not 32`);
  let text = '';
  for (const byte of hash) text += byte.toString(16).padStart(2, '0');
  return text as Digest;
}
