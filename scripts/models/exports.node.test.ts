import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../../src/onnx/write.ts';
import { loadFloatModel } from './commands/float-model.ts';
import { hashedValues, seedOf } from './testing/synthetic.ts';

const PYTHON = '/usr/bin/python3';
const probe = spawnSync(PYTHON, ['-c', 'import torch, torchvision']);
const MADE = JSON.parse(readFileSync('test/fixtures/networks.json', 'utf8'));

const FILES = ['plain', 'batch-norm', 'open', 'softmax'];
const NETWORKS = [
  ['v1d', { height: 61, width: 40 }, 3],
  ['cifar', { height: 32, width: 32 }, 10],
] as const;
const CASES = NETWORKS.flatMap(([variant, size, classes]) =>
  FILES.map((mode) => ({ file: `${variant}.${mode}.onnx`, variant, size, classes })),
);

describe.skipIf(probe.status !== 0)("PyTorch's own ONNX files (needs python3-torch)", () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-exports-'));
    const made = spawnSync(PYTHON, ['scripts/fixtures/exports.py', folder]);
    if (made.status !== 0) throw new Error(made.stderr.toString());
  }, 60_000);
  afterAll(() => rmSync(folder, { recursive: true }));

  it.each(CASES)(
    '$file converts and gives its logits',
    async ({ file, variant, size, classes }) => {
      const loaded = await loadFloatModel(join(folder, file), { size });
      if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
      expect(loaded.value).toMatchObject({ from: 'graph', classes, size });
      const session = await InferenceSession.create(writeOnnx(loaded.value.model));
      const pixels = hashedValues(seedOf('input', MADE.seed), 3 * size.height * size.width);
      const input = new Tensor('float32', pixels, [1, 3, size.height, size.width]);
      const logits = (await session.run({ input })).logits!.data as Float32Array;
      const fixture = MADE.networks.find(
        (one: { depth: number; variant: string; classes: number }) =>
          one.depth === 18 && one.variant === variant && one.classes === classes,
      );
      for (const [index, expected] of Object.entries(fixture.logits)) {
        const off = Math.abs(logits[Number(index)]! - Number(expected));
        expect(off).toBeLessThanOrEqual(1e-4 * fixture.largest);
      }
    },
  );
});
