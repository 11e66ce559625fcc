import type { Digest } from '../digest.ts';

/** The stored form. `docs/stored-keys.md` documents each; a change needs a migration. */
export const MODELS_PREFIX = 'models/';

/** The card that is served under a name. Its replacement publishes. */
export function modelKey(name: string): string {
  return `${MODELS_PREFIX}${name}.json`;
}

/** The graph itself: content-addressed, written once. */
export function graphKey(graph: Digest): string {
  return `graphs/${graph}.onnx`;
}

/** The card as first published with that graph: an old digest stays addressable. */
export function cardKey(graph: Digest): string {
  return `cards/${graph}.json`;
}

/** The graph packed for our engine: what a cold start reads in place of it. */
export function packKey(graph: Digest, engineVersion: number): string {
  return `packs/${graph}/${engineVersion}`;
}

export function labelsKey(name: string): string {
  return `labels/${name}.json`;
}
