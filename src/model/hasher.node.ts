import { createHash } from 'node:crypto';
import { toDigest } from '../digest.ts';
import type { Hash } from './hasher.ts';

/** Node's own, for the origin and for scripts. */
export function hashWithNode(): Hash {
  const hash = createHash('sha256');
  return {
    async update(piece) {
      hash.update(piece);
    },
    digest: async () => toDigest(hash.digest()),
  };
}
