import { readFileSync } from 'node:fs';
import { ENGINE_VERSION } from '../../../src/engine/simd/pack.ts';
import { packGraph } from '../../../src/engine/simd/pack-graph.ts';
import type { ModelCard } from '../../../src/model/card.ts';
import type { ModelFailure } from '../../../src/model/failure.ts';
import type { ObjectStore } from '../../../src/model/objects.ts';
import { storePack } from '../../../src/model/packs.ts';
import { type Publication, publish } from '../../../src/model/publish.ts';
import type { Result } from '../../../src/result.ts';
import { buildSimdKernels } from '../../build.ts';

/** The graph as our engine keeps it; undefined where it doesn't cover the graph. */
export type Packer = (publication: Pick<Publication, 'card' | 'graph'>) => Uint8Array | undefined;

export async function createPacker(): Promise<Packer> {
  const kernels = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  return ({ card, graph }) => {
    const pack = packGraph(kernels, graph, card.graph);
    return pack.ok ? pack.value : undefined;
  };
}

/**
 * Publishes a model with its pack, so that an isolate's cold start is one copy. The pack comes
 * first: it stands under the graph's digest, where nobody looks before the card names that graph.
 */
export async function publishModel(
  objects: ObjectStore,
  publication: Publication,
  pack: Packer,
): Promise<Result<ModelCard, ModelFailure>> {
  const packed = pack(publication);
  if (packed !== undefined) {
    const stored = await storePack(objects, publication.card.graph, ENGINE_VERSION, packed);
    if (!stored.ok) return stored;
  }
  return publish(objects, publication);
}
