import { libraryKey, syntheticValues, toSaved } from './synthetic.ts';
import { saveZip } from './torch-save.ts';

/** A ResNet-18 of the CIFAR kind with random weights in mmpretrain's layout, as a .pth file. */
export function makeOwnCheckpoint(seed: number, classes: number): Uint8Array {
  const architecture = { depth: 18, variant: 'cifar', style: 'pytorch', classes } as const;
  const values = syntheticValues(architecture, seed);
  return saveZip(toSaved(values, (key) => libraryKey(key, 'mmpretrain', 'cifar'), 'mixed'));
}
