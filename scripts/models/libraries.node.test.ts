import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/onnx/write.ts';
import { type Checkpoint, readCheckpoint } from './checkpoint/checkpoint.ts';
import { toFloatGraph } from './graph/float-graph.ts';
import type { Architecture } from './network/architecture.ts';
import { buildNetwork } from './network/network.ts';
import { saveSafetensors } from './testing/safetensors-save.ts';
import { type Library, libraryKey, syntheticValues, toSaved } from './testing/synthetic.ts';
import { type SavedCheckpoint, saveLegacy, saveZip } from './testing/torch-save.ts';

type Known = Omit<Architecture, 'classes'>;

/** What each library has; timm's keys for v1b are torchvision's. */
const CASES: ReadonlyArray<readonly [architecture: Known, others: readonly Library[]]> = [
  [{ depth: 18, variant: 'v1b', style: 'pytorch' }, ['torchvision', 'timm']],
  [{ depth: 50, variant: 'v1b', style: 'pytorch' }, ['torchvision', 'timm']],
  [{ depth: 50, variant: 'v1b', style: 'caffe' }, ['torchvision', 'timm']],
  [{ depth: 18, variant: 'cifar', style: 'pytorch' }, ['torchvision']],
  [{ depth: 50, variant: 'v1c', style: 'pytorch' }, ['timm']],
  [{ depth: 18, variant: 'v1d', style: 'pytorch' }, ['timm']],
  [{ depth: 50, variant: 'v1d', style: 'pytorch' }, ['timm']],
];

const SAVE: Readonly<Record<Library, (saved: SavedCheckpoint) => Uint8Array>> = {
  mmpretrain: saveLegacy,
  torchvision: saveZip,
  timm: saveSafetensors,
};

function read(file: Uint8Array): Checkpoint {
  const checkpoint = readCheckpoint(file);
  if (!checkpoint.ok) throw new Error(JSON.stringify(checkpoint.failure));
  return checkpoint.value;
}

function graphDigest({ tensors }: Checkpoint, { style }: Known): string {
  const network = buildNetwork(tensors, style);
  if (!network.ok) throw new Error(JSON.stringify(network.failure));
  const graph = writeOnnx(toFloatGraph(network.value, 224, 224));
  return createHash('sha256').update(graph).digest('hex');
}

describe('the same weights under the names of another library', () => {
  it.each(CASES)('%o, %o: the same graph, byte for byte', (known, others) => {
    const values = syntheticValues({ ...known, classes: 5 }, 3);
    const digests = (['mmpretrain', ...others] as const).map((library) => {
      const saved = toSaved(values, (key) => libraryKey(key, library, known.variant));
      return graphDigest(read(SAVE[library](saved)), known);
    });
    expect(new Set(digests).size).toBe(1);
    expect(digests.length).toBe(1 + others.length);
  });

  it('without counters, as very old files are, and with a leading module.', () => {
    const known = CASES[0]![0];
    const values = syntheticValues({ ...known, classes: 5 }, 3);
    const rename = (key: string) => `module.${libraryKey(key, 'torchvision')}`;
    const whole = toSaved(values, rename);
    const tensors = new Map(
      [...whole.tensors].filter(([key]) => !key.endsWith('num_batches_tracked')),
    );
    expect(tensors.size).toBe(102);
    const plain = toSaved(values, (key) => libraryKey(key, 'mmpretrain'));
    expect(graphDigest(read(saveZip({ ...whole, tensors })), known)).toBe(
      graphDigest(read(saveZip(plain)), known),
    );
  });
});
