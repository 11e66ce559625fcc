import { type Digest, toDigest } from '../digest.ts';

/** SHA-256 of bytes that come in pieces. */
export interface Hash {
  /** The piece may be reused or detached once this settles. */
  update(piece: Uint8Array): Promise<void>;
  /** Once, after the last piece. */
  digest(): Promise<Digest>;
}

export type Hasher = () => Hash;

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
