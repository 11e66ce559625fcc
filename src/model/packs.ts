import type { Digest } from '../digest.ts';
import type { ByteSource } from '../engine/engine.ts';
import { ok, type Result } from '../result.ts';
import type { ModelFailure } from './failure.ts';
import { packKey } from './keys.ts';
import type { ObjectStore } from './objects.ts';

/**
 * The graph packed for an engine's version, where one is stored. Missing or unreadable is no
 * failure: the engine packs the graph itself then. It judges the bytes; here they only flow.
 */
export async function findPack(
  objects: ObjectStore,
  graph: Digest,
  engineVersion: number,
): Promise<ByteSource | null> {
  const found = await objects.get(packKey(graph, engineVersion));
  if (!found.ok || found.value === undefined) return null;
  const { bytes, body } = found.value;
  return { bytes, open: async () => ok(body) };
}

/** Anyone may lose a pack, so it is written whenever its graph is. */
export async function storePack(
  objects: ObjectStore,
  graph: Digest,
  engineVersion: number,
  pack: Uint8Array,
): Promise<Result<void, ModelFailure>> {
  return objects.put(packKey(graph, engineVersion), pack);
}
