import { decodeEntry, encodeEntry } from './entry.ts';
import { ENTRY_BYTES_MAX } from './limits.ts';
import type { ResultTier } from './tier.ts';
import { pathOf } from './tier.ts';

/** R2 `results/<graph digest>/<preprocessing>/<sha256>`: worldwide, paid by the operation. */
export function createR2Tier(bucket: R2Bucket): ResultTier {
  return {
    name: 'worldwide',
    async get(key, classes) {
      const object = await bucket.get(`results/${pathOf(key)}`);
      if (object === null) return undefined;
      if (object.size > ENTRY_BYTES_MAX) {
        await object.body.cancel();
        return undefined;
      }
      return decodeEntry(new Uint8Array(await object.arrayBuffer()), key, classes);
    },
    async put(entry) {
      await bucket.put(`results/${pathOf(entry.key)}`, encodeEntry(entry));
    },
  };
}
