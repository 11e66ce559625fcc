import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxModel } from '../../src/onnx/graph.ts';
import { writeOnnx } from '../../src/onnx/write.ts';
import { readCheckpoint } from './checkpoint/checkpoint.ts';
import { loadFloatModel } from './commands/float-model.ts';
import { toFloatGraph } from './graph/float-graph.ts';
import type { Architecture } from './network/architecture.ts';
import { buildNetwork } from './network/network.ts';
import { libraryKey, syntheticValues, toSaved } from './testing/synthetic.ts';
import { saveZip } from './testing/torch-save.ts';

const PYTHON = '/usr/bin/python3';
const probe = spawnSync(PYTHON, ['-c', 'import torch, torchvision']);
const { seed } = JSON.parse(readFileSync('test/fixtures/networks.json', 'utf8'));
const FILES = [
  'training.zip.pth',
  'training.legacy.pth',
  'parallel.zip.pth',
  'channels-last.legacy.pth',
  'protocol4.zip.pth',
  'protocol4.legacy.pth',
];

const digestOf = (model: OnnxModel) => createHash('sha256').update(writeOnnx(model)).digest('hex');

/** The graph of the same weights, made here and saved by our own hand. */
function expectedDigest(): string {
  const architecture: Architecture = { depth: 18, variant: 'cifar', style: 'pytorch', classes: 3 };
  const values = syntheticValues(architecture, seed);
  const file = saveZip(toSaved(values, (key) => libraryKey(key, 'mmpretrain')));
  const checkpoint = readCheckpoint(file);
  if (!checkpoint.ok) throw new Error(JSON.stringify(checkpoint.failure));
  const network = buildNetwork(checkpoint.value.tensors, undefined);
  if (!network.ok) throw new Error(JSON.stringify(network.failure));
  return digestOf(toFloatGraph(network.value, 32, 32));
}

describe.skipIf(probe.status !== 0)("PyTorch's own checkpoints (needs python3-torch)", () => {
  let folder = '';
  let expected = '';
  beforeAll(() => {
    expected = expectedDigest();
    folder = mkdtempSync(join(tmpdir(), 'razorbill-checkpoints-'));
    const made = spawnSync(PYTHON, ['scripts/fixtures/checkpoints.py', folder]);
    if (made.status !== 0) throw new Error(made.stderr.toString());
  }, 120_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(FILES)('%s gives the graph of its weights', async (file) => {
    const loaded = await loadFloatModel(join(folder, file));
    if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
    expect(digestOf(loaded.value.model)).toBe(expected);
    const container = file.includes('zip') ? 'zip' : 'legacy';
    expect(loaded.value).toMatchObject({ from: 'checkpoint', checkpoint: { container } });
    const labels = file.startsWith('training') ? ['cat', 'dog', 'gull'] : undefined;
    expect(loaded.value.labels).toEqual(labels);
  });
});
