import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { readCheckpoint } from '../checkpoint/checkpoint.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import { buildNetwork } from '../network/network.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { libraryKey, randomValues, syntheticValues, toSaved } from '../testing/synthetic.ts';
import { saveZip } from '../testing/torch-save.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from './pipeline.ts';

const SIZE = 16;

/** Numbers, not pictures: what is looked at here is the graph. */
const NOISE: PictureSet = {
  name: 'noise',
  size: 4,
  tensor: async (index) => randomValues(index + 1, 3 * SIZE * SIZE),
  label: () => undefined,
};

function floatModel(): OnnxModel {
  const architecture = { depth: 18, variant: 'cifar', style: 'pytorch', classes: 10 } as const;
  const values = syntheticValues(architecture, 1);
  const saved = saveZip(toSaved(values, (key) => libraryKey(key, 'mmpretrain')));
  const read = readCheckpoint(saved);
  if (!read.ok) throw new Error(JSON.stringify(read.failure));
  const network = buildNetwork(read.value.tensors, undefined);
  if (!network.ok) throw new Error(JSON.stringify(network.failure));
  return toFloatGraph(network.value, SIZE, SIZE);
}

/** Nodes of an ONNX file by operator: NodeProto.op_type is field 4, length-delimited. */
function countOperators(file: Uint8Array, operators: readonly string[]): Record<string, number> {
  const text = Buffer.from(file).toString('latin1');
  const count = (op: string) => text.split(`\x22${String.fromCharCode(op.length)}${op}`).length - 1;
  return Object.fromEntries(operators.map((op) => [op, count(op)]));
}

describe('a ResNet-18 quantized by default', () => {
  let folder = '';
  let float: OnnxModel;
  let int8: OnnxModel;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'fusion-'));
    float = floatModel();
    int8 = await calibrateAndQuantize(float, NOISE, DEFAULT_OPTIONS);
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('is fused to integer arithmetic by onnxruntime, every node of it', async () => {
    const path = join(folder, 'optimized.onnx');
    const session = await InferenceSession.create(writeOnnx(int8), {
      optimizedModelFilePath: path,
      graphOptimizationLevel: 'extended',
      logSeverityLevel: 3,
    });
    await session.release();
    const left = ['Conv', 'FusedConv', 'Add', 'Relu', 'Gemm', 'GlobalAveragePool'];
    const fused = ['QLinearConv', 'QLinearAdd', 'QGemm', 'QLinearGlobalAveragePool'];
    expect(countOperators(readFileSync(path), [...left, ...fused])).toEqual({
      ...Object.fromEntries(left.map((op) => [op, 0])),
      QLinearConv: 20,
      QLinearAdd: 8,
      QGemm: 1,
      QLinearGlobalAveragePool: 1,
    });
  });

  it('answers nearly as the float graph does, for any batch', async () => {
    const batch = new Float32Array(2 * 3 * SIZE * SIZE);
    batch.set(await NOISE.tensor(0));
    batch.set(await NOISE.tensor(20), batch.length / 2);
    const input = { input: new Tensor('float32', batch, [2, 3, SIZE, SIZE]) };
    const [expected, actual] = await Promise.all(
      [float, int8].map(async (model) => {
        const session = await InferenceSession.create(writeOnnx(model));
        const { logits } = await session.run(input);
        return logits?.data as Float32Array;
      }),
    );
    let [signal, noise] = [0, 0];
    for (const [i, value] of expected!.entries()) {
      signal += value ** 2;
      noise += (value - actual![i]!) ** 2;
    }
    expect(actual).toHaveLength(20);
    // 20 dB: an error of a tenth. Random weights spread errors more than trained ones do.
    expect(10 * Math.log10(signal / noise)).toBeGreaterThan(20);
  });

  it('has the same bytes when it is made again', async () => {
    const again = await calibrateAndQuantize(floatModel(), NOISE, DEFAULT_OPTIONS);
    expect(Buffer.compare(writeOnnx(again), writeOnnx(int8))).toBe(0);
  });

  it('uses standard operators only, in the default set', () => {
    const operators = new Set(int8.graph.nodes.map((node) => node.op));
    expect([...operators].toSorted()).toEqual([
      'Add',
      'Conv',
      'DequantizeLinear',
      'Flatten',
      'Gemm',
      'GlobalAveragePool',
      'QuantizeLinear',
      'Relu',
    ]);
    expect(int8.opset).toBe(17);
  });
});
