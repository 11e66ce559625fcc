import { decodeEntry, encodeEntry } from './entry.ts';
import type { ResultTier } from './tier.ts';
import { pathOf } from './tier.ts';

/** More than the largest entry (65,536 classes): an object beyond it is not read. */
const OBJECT_BYTES_MAX = 300_000;

/** R2 `results/<graph digest>/<preprocessing>/<sha256>`: worldwide, paid by the operation. */
export function createR2Tier(bucket: R2Bucket): ResultTier {
  return {
    name: 'worldwide',
    async get(key, classes) {
      const object = await bucket.get(`results/${pathOf(key)}`);
      if (object === null) return undefined;
      if (object.size > OBJECT_BYTES_MAX) {
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
