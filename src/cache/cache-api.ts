import { decodeEntry, encodeEntry } from './entry.ts';
import { ENTRY_BYTES_MAX } from './limits.ts';
import type { ResultTier } from './tier.ts';
import { pathOf } from './tier.ts';

/**
 * The Cache API: one data centre's memory, free of storage fees. `origin` must be the Worker's own
 * host, or production keeps nothing. Entries are private bytes under our own path: no visitor's
 * request gets there, since the Worker answers that path itself.
 */
export function createCacheApiTier(
  open: () => Promise<Cache>,
  origin: () => string,
  maxAgeSeconds: number,
): ResultTier {
  const urlOf = (path: string): string => `${origin()}/__results/${path}`;
  return {
    name: 'datacentre',
    async get(key, classes) {
      const cache = await open();
      const found = await cache.match(urlOf(pathOf(key)));
      if (found === undefined) return undefined;
      if (Number(found.headers.get('content-length') ?? 0) > ENTRY_BYTES_MAX) {
        await found.body?.cancel();
        return undefined;
      }
      return decodeEntry(new Uint8Array(await found.arrayBuffer()), key, classes);
    },
    async put(entry) {
      const cache = await open();
      const headers = {
        'cache-control': `public, max-age=${maxAgeSeconds}`,
        'content-type': 'application/octet-stream',
      };
      await cache.put(urlOf(pathOf(entry.key)), new Response(encodeEntry(entry), { headers }));
    },
  };
}
