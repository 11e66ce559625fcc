import { toDigest } from '../digest.ts';
import type { Hash } from './hasher.ts';

/** workerd's own: Web Crypto hashes only what is there in full. */
export function hashWithDigestStream(): Hash {
  const stream = new crypto.DigestStream('SHA-256');
  const writer = stream.getWriter();
  return {
    update: (piece) => writer.write(piece),
    async digest() {
      await writer.close();
      return toDigest(new Uint8Array(await stream.digest));
    },
  };
}
