import { readCheckpoint } from '../checkpoint/checkpoint.ts';
import type { Architecture } from '../network/architecture.ts';
import { buildNetwork, type Network } from '../network/network.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { libraryKey, randomValues, syntheticValues, toSaved } from './synthetic.ts';
import { saveZip } from './torch-save.ts';

/** A network with random weights, by way of a checkpoint as mmpretrain writes it. */
export function syntheticNetwork(architecture: Architecture, seed: number): Network {
  const values = syntheticValues(architecture, seed);
  const rename = (key: string) => libraryKey(key, 'mmpretrain', architecture.variant);
  const read = readCheckpoint(saveZip(toSaved(values, rename)));
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  const network = buildNetwork(read.value.tensors, architecture.style);
  if (!network.ok) throw new Error(JSON.stringify(network.failure));
  return network.value;
}

/** Numbers, not pictures, for tests that look at graphs. */
export function noisePictures(pictures: number, side: number): PictureSet {
  return {
    name: 'noise',
    size: pictures,
    tensor: async (index) => randomValues(index + 1, 3 * side * side),
    label: () => undefined,
  };
}
