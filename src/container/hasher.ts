import { createHash } from 'node:crypto';
import { toDigest } from '../digest.ts';
import type { Hash } from '../model/hasher.ts';

export function hashWithNode(): Hash {
  const hash = createHash('sha256');
  return {
    async update(piece) {
      hash.update(piece);
    },
    digest: async () => toDigest(new Uint8Array(hash.digest())),
  };
}
