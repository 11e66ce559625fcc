import { sha256 } from '../../src/digest.ts';
import type { Publication } from '../../src/model/publish.ts';

/** A model whose graph is some bytes: the rooms that store and choose models never look inside. */
export async function makePublication(
  name: string,
  seed: number,
  bytes = 50_000,
): Promise<Publication> {
  const graph = Uint8Array.from({ length: bytes }, (_, i) => (i * 31 + seed * 7) & 255);
  const labels = { name: 'two', labels: [{ name: 'auk', wnid: 'n02021050' }, { name: 'gull' }] };
  const card = {
    name,
    graph: await sha256(graph),
    bytes,
    input: { height: 32, width: 32, layout: 'NCHW' },
    classes: 2,
    preprocess: {
      version: 1,
      resize: { rule: 'short_edge', size: 32 },
      interpolation: 'pillow-bilinear',
      crop: { height: 32, width: 32 },
      mean: [0, 0, 0],
      std: [1, 1, 1],
      channels: 'rgb',
    },
    labels: 'two',
    architecture: { family: 'resnet', depth: 18, variant: 'cifar', style: 'pytorch' },
    source: { title: 'made by a test' },
    licence: 'Apache-2.0',
    accuracy: [],
    calibration: { method: 'none', images: 0, dataset: 'none' },
    cost: [],
  } as const;
  return { card, graph, labels };
}
