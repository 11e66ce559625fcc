import type { ResultEntry } from './entry.ts';
import { ENTRY_OVERHEAD_BYTES } from './limits.ts';
import type { ResultTier } from './tier.ts';
import { pathOf } from './tier.ts';

export interface IsolateLimits {
  readonly bytesMax: number;
  readonly entriesMax: number;
}

/** The isolate's own memory: the least recently used go first. A Map keeps insertion order. */
export function createIsolateTier(limits: IsolateLimits): ResultTier {
  const entries = new Map<string, ResultEntry>();
  let bytes = 0;

  function drop(path: string, entry: ResultEntry): void {
    entries.delete(path);
    bytes -= bytesOf(entry);
  }

  return {
    name: 'isolate',
    async get(key, classes) {
      const path = pathOf(key);
      const entry = entries.get(path);
      if (entry === undefined || entry.scores.length !== classes) return undefined;
      entries.delete(path);
      entries.set(path, entry);
      return entry;
    },
    async put(entry) {
      const path = pathOf(entry.key);
      const old = entries.get(path);
      if (old !== undefined) drop(path, old);
      if (bytesOf(entry) > limits.bytesMax) return;
      entries.set(path, entry);
      bytes += bytesOf(entry);
      for (const [oldest, value] of entries) {
        if (bytes <= limits.bytesMax && entries.size <= limits.entriesMax) break;
        drop(oldest, value);
      }
    },
  };
}

function bytesOf(entry: ResultEntry): number {
  return entry.scores.byteLength + ENTRY_OVERHEAD_BYTES;
}
