import { existsSync, readFileSync } from 'node:fs';
import * as ort from 'onnxruntime-web';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSimdKernels } from '../../../scripts/build.ts';
import { checkModel } from '../../onnx/check.ts';
import type { OnnxModel } from '../../onnx/graph.ts';
import { readModel } from '../../onnx/read.ts';
import { writeOnnx } from '../../onnx/write.ts';
import { instantiate } from './kernels.ts';
import { lowerGraph } from './lower.ts';
import { at } from './net.ts';
import { prepare } from './prepare.ts';
import { createProgram } from './program.ts';
import type { Architecture } from './random-model.node.ts';
import { randomResnet } from './random-model.node.ts';
import { random } from './random-net.node.ts';

const SEED = 20261124;

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
  ort.env.wasm.numThreads = 1;
});

function prepareModel(model: OnnxModel) {
  const graph = checkModel(model);
  if (!graph.ok) throw new Error(JSON.stringify(graph.failure));
  const lowered = lowerGraph(graph.value);
  if (!lowered.ok) throw new Error(lowered.failure);
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) throw new Error(prepared.failure);
  const { net, layout } = prepared.value;
  return { graph: graph.value, net, program: createProgram(kernels, net, layout) };
}

/** u8 NCHW, as ONNX orders it, to NHWC. */
function toNhwc(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  return Uint8Array.from(data, (_, i) => {
    return data[(i % channels) * pixels + Math.floor(i / channels)] ?? 0;
  });
}

/**
 * Compares every activation with onnxruntime-web's, which gets the same graph with each of them as
 * an output. After a difference the reference's bytes go on, so that each step is judged alone.
 */
async function compare(model: OnnxModel, input: Float32Array): Promise<Record<string, number>> {
  const { graph, net, program } = prepareModel(model);
  const names = net.activations.map(({ name }) => name).filter((name) => name !== '');
  const outputs = names.map((name) => {
    return { name, type: 'uint8', dims: graph.values.get(name)?.dims ?? [] } as const;
  });
  const all = [...model.graph.outputs, ...outputs];
  const exposed = writeOnnx({ ...model, graph: { ...model.graph, outputs: all } });
  const session = await ort.InferenceSession.create(exposed, { executionProviders: ['wasm'] });
  const results = await session.run({ input: new ort.Tensor('float32', input, graph.input.dims) });
  const wrong: Record<string, number> = {};
  function judge(id: number): void {
    const { name, channels } = at(net.activations, id);
    const tensor = results[name];
    if (tensor === undefined) return;
    const want = toNhwc(tensor.data as Uint8Array, channels);
    const got = program.read(id);
    const count = want.reduce((sum, q, i) => sum + (q === got[i] ? 0 : 1), 0);
    if (count > 0) wrong[name] = count;
    program.write(id, want);
  }
  program.input(input);
  judge(0);
  net.steps.forEach((step, index) => {
    program.step(index);
    if ('y' in step) judge(step.y);
  });
  const logits = results[at(graph.outputs, 0)]?.data as Float32Array;
  expect([...program.output()]).toEqual([...logits]);
  await session.release();
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

describe('every u8 activation equals onnxruntime-web', () => {
  it.each(ARCHITECTURES)('%s', async (_, one) => {
    const model = randomResnet(one, SEED);
    expect(await compare(model, picture(one.size, SEED))).toEqual({});
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
