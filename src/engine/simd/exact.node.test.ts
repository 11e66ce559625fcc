import { existsSync, readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { catalogueArchitectures } from '../../../scripts/bench/graphs.ts';
import { buildSimdKernels } from '../../../scripts/build.ts';
import type { OnnxModel } from '../../onnx/graph.ts';
import { readModel } from '../../onnx/read.ts';
import { compareWithOrt } from './compare.node.ts';
import type { Architecture } from './random-model.node.ts';
import { randomResnet } from './random-model.node.ts';
import { random } from './random-net.node.ts';

const SEED = 20261124;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  ort.env.wasm.numThreads = 1;
});

/** Activations with a wrong byte, and how many; the logits' place where those differ. */
async function compare(model: OnnxModel, input: Float32Array): Promise<Record<string, number>> {
  const { values, wrong, logits, want } = await compareWithOrt(module, model, input);
  expect(values).toBeGreaterThan(0);
  expect([...logits]).toEqual([...want]);
  return wrong;
}

function picture(size: readonly [number, number], seed: number): Float32Array {
  const next = random(seed);
  return Float32Array.from({ length: 3 * size[0] * size[1] }, () => (next() + next() - 1) * 2);
}

const small = { width: 16, classes: 10, size: [64, 64], style: 'pytorch' } as const;
const ARCHITECTURES: ReadonlyArray<readonly [name: string, one: Architecture]> = [
  ['ResNet-18 v1b', { ...small, depth: 18, variant: 'v1b' }],
  ['ResNet-34 v1d', { ...small, depth: 34, variant: 'v1d' }],
  ['ResNet-50 v1d at 71 x 53', { ...small, depth: 50, variant: 'v1d', size: [71, 53] }],
  ['ResNet-50 caffe', { ...small, depth: 50, variant: 'v1b', style: 'caffe' }],
  ['ResNet-18 CIFAR', { ...small, depth: 18, variant: 'cifar', size: [32, 32] }],
  ['ResNet-18 of 64 channels', { ...small, depth: 18, variant: 'v1b', width: 64 }],
];

/** `npm run verify:engine` has them at full size; here an eighth as wide, on small pictures. */
const CATALOGUE = catalogueArchitectures().map(({ name, architecture }) => {
  const [side] = architecture.size;
  const size = side === 32 ? ([32, 32] as const) : ([side / 4, side / 4] as const);
  return [name, { ...architecture, width: 8, classes: 10, size }] as const;
});

describe('every u8 activation equals onnxruntime-web', () => {
  it.each(ARCHITECTURES)('%s', async (_, one) => {
    const model = randomResnet(one, SEED);
    expect(await compare(model, picture(one.size, SEED))).toEqual({});
  });

  it.each(CATALOGUE)('the architecture of %s', async (_, one) => {
    expect(await compare(randomResnet(one, SEED, false), picture(one.size, SEED))).toEqual({});
  });

  it('float logits of a head that is not quantized', async () => {
    const one: Architecture = { ...small, depth: 18, variant: 'cifar', size: [32, 32] };
    expect(await compare(randomResnet(one, SEED, false), picture(one.size, SEED))).toEqual({});
  });
});

const EMBEDDED = ['resnet18_8xb16_cifar10', 'resnet50_keras_in1k']
  .map((name) => `models/${name}.onnx`)
  .filter((path) => existsSync(path));

describe.skipIf(EMBEDDED.length === 0)('embedded models (needs models/*.onnx)', () => {
  it.each(EMBEDDED)('%s', async (path) => {
    const model = readModel(new Uint8Array(readFileSync(path)));
    if (!model.ok) throw new Error(JSON.stringify(model.failure));
    const [, , height, width] = model.value.graph.inputs[0]?.dims ?? [];
    const size = [Number(height), Number(width)] as const;
    expect(await compare(model.value, picture(size, SEED))).toEqual({});
  });
});
