import type { Digest } from '../digest.ts';

/** SHA-256 of bytes that come in pieces. */
export interface Hash {
  /** The piece may be reused or detached once this settles. */
  update(piece: Uint8Array): Promise<void>;
  /** Once, after the last piece. */
  digest(): Promise<Digest>;
}

export type Hasher = () => Hash;
