import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lowerGraph } from '../../../src/engine/simd/lower.ts';
import { checkModel } from '../../../src/onnx/check.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import { inferShapes } from '../graph/shapes.ts';
import type { Architecture } from '../network/architecture.ts';
import { noisePictures, syntheticNetwork } from '../testing/networks.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from './pipeline.ts';
import type { QuantizeOptions } from './quantize.ts';

const SECONDS = 1000;
const LEFT = ['Conv', 'FusedConv', 'Add', 'Relu', 'Gemm', 'GlobalAveragePool', 'AveragePool'];
const FUSED = ['QLinearConv', 'QLinearAdd', 'QGemm', 'QLinearGlobalAveragePool'].concat(
  'QLinearAveragePool',
);

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'fusion-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

function floatModel(architecture: Architecture, side: number): OnnxModel {
  return toFloatGraph(syntheticNetwork(architecture, 1), side, side);
}

function quantize(model: OnnxModel, side: number, options: Partial<QuantizeOptions> = {}) {
  return calibrateAndQuantize(model, noisePictures(4, side), { ...DEFAULT_OPTIONS, ...options });
}

/** Operators that onnxruntime-node runs for a graph, by their count; none is left out. */
async function runOperators(graph: Uint8Array): Promise<Record<string, number>> {
  const path = join(folder, 'optimized.onnx');
  const session = await InferenceSession.create(graph, {
    optimizedModelFilePath: path,
    graphOptimizationLevel: 'extended',
    logSeverityLevel: 3,
  });
  await session.release();
  return countOperators(readFileSync(path), [...LEFT, ...FUSED]);
}

/** Nodes of an ONNX file by operator: NodeProto.op_type is field 4, length-delimited. */
function countOperators(file: Uint8Array, operators: readonly string[]): Record<string, number> {
  const text = Buffer.from(file).toString('latin1');
  const count = (op: string) => text.split(`\x22${String.fromCharCode(op.length)}${op}`).length - 1;
  const counts = operators.map((op) => [op, count(op)] as const);
  return Object.fromEntries(counts.filter(([, times]) => times > 0));
}

/** What our own engine says to a graph: `runs`, or why not. */
function ownEngine(graph: Uint8Array): string {
  const model = readModel(graph);
  const checked = model.ok ? checkModel(model.value) : model;
  if (!checked.ok) return checked.failure.code;
  const lowered = lowerGraph(checked.value);
  return lowered.ok ? 'runs' : lowered.failure;
}

const CIFAR: Architecture = { depth: 18, variant: 'cifar', style: 'pytorch', classes: 10 };

describe('all convolutions are fused to integers, and our engine runs the graph, of', () => {
  const whole = { QLinearGlobalAveragePool: 1, QGemm: 1 };
  it.each<[string, Architecture, number, Record<string, number>]>([
    ['a CIFAR stem', CIFAR, 16, { QLinearConv: 20, QLinearAdd: 8, ...whole }],
    [
      'v1d with basic blocks',
      { ...CIFAR, variant: 'v1d' },
      32,
      { QLinearConv: 22, QLinearAdd: 8, QLinearAveragePool: 3, ...whole },
    ],
    [
      'v1c in caffe style',
      { depth: 50, variant: 'v1c', style: 'caffe', classes: 10 },
      32,
      { QLinearConv: 55, QLinearAdd: 16, ...whole },
    ],
  ])('%s', { timeout: 240 * SECONDS }, async (_, architecture, side, operators) => {
    const graph = writeOnnx(await quantize(floatModel(architecture, side), side));
    expect(await runOperators(graph)).toEqual(operators);
    expect(ownEngine(graph)).toBe('runs');
  });

  it('the embedded ResNet-50, v1b', async () => {
    const graph = readFileSync('models/resnet50_keras_in1k.onnx');
    const convolutions = { QLinearConv: 53, QLinearAdd: 16 };
    expect(await runOperators(graph)).toEqual({ ...convolutions, ...whole });
    expect(ownEngine(graph)).toBe('runs');
  });
});

describe('a ResNet-18 quantized', { timeout: 240 * SECONDS }, () => {
  let float: OnnxModel;
  beforeAll(() => {
    float = floatModel(CIFAR, 16);
  });

  it('by default answers nearly as the float graph does, for any batch', async () => {
    const int8 = await quantize(float, 16);
    expect(await signalToNoiseDb(float, int8)).toBeGreaterThan(20);
    expect(int8.opset).toBe(17);
    expect(new Set(int8.graph.nodes.map((node) => node.op))).toEqual(
      new Set(['Add', 'Conv', 'DequantizeLinear', 'Flatten', 'Gemm', 'GlobalAveragePool'])
        .add('QuantizeLinear')
        .add('Relu'),
    );
  });

  it('has the same bytes when it is made again', async () => {
    const [one, two] = [await quantize(float, 16), await quantize(float, 16)];
    expect(Buffer.compare(writeOnnx(one), writeOnnx(two))).toBe(0);
  });

  it('with its first and last layer in float keeps the rest in integers', async () => {
    const mixed = await quantize(float, 16, { keepFloat: ['first', 'last'] });
    const graph = writeOnnx(mixed);
    expect(await runOperators(graph)).toEqual({
      Conv: 1,
      QLinearConv: 19,
      QLinearAdd: 8,
      GlobalAveragePool: 1,
      Gemm: 1,
    });
    // Ours has no float convolution: the Worker hands such a graph to onnxruntime-web.
    expect(ownEngine(graph)).toMatch(/^unsupported_/);
    expect(await signalToNoiseDb(float, mixed)).toBeGreaterThan(20);
  });

  it('with weights of 7 bits has none beyond, and is fused as ever', async () => {
    const graph = await quantize(float, 16, { weightBits: 7 });
    const weights = graph.graph.initializers.filter(({ name }) => name.endsWith('.weight.q'));
    expect(weights).toHaveLength(21);
    for (const { raw } of weights) {
      const values = new Int8Array(raw.slice().buffer);
      expect(values.every((value) => Math.abs(value) <= 63)).toBe(true);
    }
    const file = writeOnnx(graph);
    expect(await runOperators(file)).toMatchObject({ QLinearConv: 20, QLinearAdd: 8 });
    expect(ownEngine(file)).toBe('runs');
    expect(await signalToNoiseDb(float, graph)).toBeGreaterThan(15);
  });

  it('with activations of 7 bits takes no factor beyond, whatever the picture', async () => {
    const pixels = { low: -2.5, high: 2.5 };
    const graph = await quantize(float, 16, { activationBits: 7, pixels });
    const factors = graph.graph.nodes
      .filter(({ op }) => op === 'Conv' || op === 'Gemm')
      .map(({ inputs }) => inputs[0]!.replace(/\.dq$/, ''));
    const shapes = inferShapes(float);
    const outputs = factors.map(
      (name) => ({ name: `${name}.q`, type: 'uint8', dims: shapes.get(name)! }) as const,
    );
    const probe = { ...graph, graph: { ...graph.graph, outputs } };
    const session = await InferenceSession.create(writeOnnx(probe));
    const wild = Float32Array.from({ length: 3 * 16 * 16 }, (_, i) => (i % 2 ? 2.5 : -2.5));
    const seen = await session.run({ input: new Tensor('float32', wild, [1, 3, 16, 16]) });
    for (const name of factors) {
      const values = seen[`${name}.q`]!.data as Uint8Array;
      const zero = name === 'input' ? 0 : 128;
      expect(Math.min(...values), name).toBeGreaterThanOrEqual(zero);
      expect(Math.max(...values), name).toBeLessThanOrEqual(zero + 127);
    }
    expect(ownEngine(writeOnnx(graph))).toBe('runs');
    expect(await signalToNoiseDb(float, graph)).toBeGreaterThan(15);
  });
});

/** Of the logits of two noise pictures. Random weights spread errors more than trained ones do. */
async function signalToNoiseDb(float: OnnxModel, int8: OnnxModel): Promise<number> {
  const noise = noisePictures(21, 16);
  const batch = new Float32Array(2 * 3 * 16 * 16);
  batch.set(await noise.tensor(0));
  batch.set(await noise.tensor(20), batch.length / 2);
  const [expected, actual] = await Promise.all(
    [float, int8].map(async (model) => {
      const session = await InferenceSession.create(writeOnnx(model));
      const { logits } = await session.run({ input: new Tensor('float32', batch, [2, 3, 16, 16]) });
      return logits?.data as Float32Array;
    }),
  );
  let [signal, noisePower] = [0, 0];
  for (const [i, value] of expected!.entries()) {
    signal += value ** 2;
    noisePower += (value - actual![i]!) ** 2;
  }
  expect(actual).toHaveLength(20);
  return 10 * Math.log10(signal / noisePower);
}
