import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { beforeAll, describe, expect, it } from 'vitest';
import { cardSchema } from '../../../src/model/card.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { CACHE, MODELS } from '../commands/paths.ts';
import { randomValues } from '../testing/synthetic.ts';
import { DEFAULT_TRITON, type Precision, type TritonOptions } from './model-config.ts';
import { parseModelConfigText } from './model-config-text.ts';
import type { FolderFiles } from './place-folder.ts';
import { type ExportedModel, modelRepository } from './repository.ts';

const NAME = 'resnet18_8xb16_cifar10';
const LABELS = ['airplane', 'automobile', 'bird', 'cat', 'deer', 'dog', 'frog', 'horse', 'ship'];

/** Triton's own file, where somebody put it: it is theirs, so it is not in this repository. */
const PROTO = join(CACHE, 'schemas', 'model_config.proto');
if (!existsSync(PROTO)) console.error(`Triton's own schema: skipped, ${PROTO} is absent`);

let exported: ExportedModel;
beforeAll(() => {
  const file = new Uint8Array(readFileSync(join(MODELS, `${NAME}.onnx`)));
  const model = readModel(file);
  if (!model.ok) throw new Error(JSON.stringify(model.failure));
  const card = cardSchema.parse(JSON.parse(readFileSync(join(MODELS, `${NAME}.json`), 'utf8')));
  exported = { card, file, model: model.value, labels: [...LABELS, 'truck\nlorry'] };
});

function filesOf(wish: Partial<TritonOptions>): FolderFiles {
  const files = modelRepository(exported, { ...DEFAULT_TRITON, ...wish });
  if (!files.ok) throw new Error(JSON.stringify(files.failure));
  return files.value;
}

function configOf(wish: Partial<TritonOptions>): string {
  return String(filesOf(wish).get('config.pbtxt'));
}

describe("a model of Triton's repository", () => {
  it('is a configuration, labels by line and the graph as version 1', () => {
    expect([...filesOf({}).keys()]).toEqual(['config.pbtxt', 'labels.txt', '1/model.onnx']);
    const lines = String(filesOf({}).get('labels.txt')).split('\n');
    expect(lines).toEqual([...LABELS, 'truck lorry', '']);
  });

  it('batches, on GPUs by TensorRT in one engine for all batches', () => {
    const config = parseModelConfigText(configOf({ maxBatch: 16, instances: 2 }));
    expect(config).toMatchObject({
      name: NAME,
      backend: 'onnxruntime',
      platform: 'onnxruntime_onnx',
      max_batch_size: 16,
      input: [{ name: 'input', data_type: 'TYPE_FP32', format: 'FORMAT_NCHW', dims: [3, 32, 32] }],
      output: [
        { name: 'logits', data_type: 'TYPE_FP32', dims: [10], label_filename: 'labels.txt' },
      ],
      instance_group: [{ count: 2, kind: 'KIND_GPU' }],
      dynamic_batching: { preferred_batch_size: [4, 8, 16], max_queue_delay_microseconds: 2000 },
      optimization: {
        execution_accelerators: {
          gpu_execution_accelerator: [
            {
              name: 'tensorrt',
              parameters: {
                precision_mode: 'FP16',
                trt_profile_min_shapes: 'input:1x3x32x32',
                trt_profile_opt_shapes: 'input:8x3x32x32',
                trt_profile_max_shapes: 'input:16x3x32x32',
              },
            },
          ],
        },
      },
      model_warmup: [{ batch_size: 1 }, { batch_size: 16 }],
      parameters: { graph_sha256: { string_value: exported.card.graph } },
    });
  });

  it('on processors has the stored graph, byte for byte, and no accelerator', () => {
    const config = parseModelConfigText(configOf({ precision: 'int8' }));
    expect(config).toMatchObject({ instance_group: [{ kind: 'KIND_CPU' }] });
    expect(config).not.toHaveProperty('optimization');
    expect(filesOf({ precision: 'int8' }).get('1/model.onnx')).toBe(exported.file);
  });

  it('of one picture a batch is warmed up once', () => {
    expect(parseModelConfigText(configOf({ maxBatch: 1 }))).toMatchObject({
      dynamic_batching: { preferred_batch_size: [1] },
      model_warmup: [{ batch_size: 1 }],
    });
  });

  it('is refused when its graph computes one picture at a time', () => {
    const { model } = exported;
    const inputs = model.graph.inputs.map((input) => ({ ...input, dims: [1, 3, 32, 32] }));
    const fixed = { ...exported, model: { ...model, graph: { ...model.graph, inputs } } };
    const failure = { code: 'fixed_batch', dims: [1, 3, 32, 32] };
    expect(modelRepository(fixed, DEFAULT_TRITON)).toEqual({ ok: false, failure });
  });

  it('is refused when a class has no label', () => {
    const failure = { code: 'labels_mismatch', labels: 9, classes: 10 };
    const fewer = { ...exported, labels: LABELS };
    expect(modelRepository(fewer, DEFAULT_TRITON)).toEqual({ ok: false, failure });
  });
});

describe('a configuration', () => {
  it('with a field or a type that Triton does not know is not read', () => {
    const text = configOf({});
    expect(() => parseModelConfigText(`${text}max_bath_size: 8\n`)).toThrow(/max_bath_size/);
    const wrong = text.replace('max_batch_size: 16', 'max_batch_size: "16"');
    expect(() => parseModelConfigText(wrong)).toThrow();
    expect(() => parseModelConfigText(text.replace('KIND_GPU', 'KIND_TPU'))).toThrow();
  });

  it.skipIf(!existsSync(PROTO)).each(['fp16', 'int8'] as const)(
    "for %s says the same by Triton's own schema",
    (precision) => {
      const text = configOf({ precision });
      const theirs = parseModelConfigText(text, readFileSync(PROTO, 'utf8'));
      expect(theirs).toEqual(parseModelConfigText(text));
    },
  );
});

describe('the exported graph', () => {
  const PIXELS = 3 * 32 * 32;
  const batch = randomValues(11, 8 * PIXELS).map((x) => 2 * x);

  async function logits(file: Uint8Array, first: number, count: number): Promise<number[][]> {
    const session = await InferenceSession.create(file);
    const data = batch.slice(first * PIXELS, (first + count) * PIXELS);
    const input = new Tensor('float32', data, [count, 3, 32, 32]);
    const { logits: output } = await session.run({ input });
    expect(output!.dims).toEqual([count, 10]);
    const flat = [...(output!.data as Float32Array)];
    return Array.from({ length: count }, (_, i) => flat.slice(i * 10, (i + 1) * 10));
  }

  const graphOf = (precision: Precision) => {
    return filesOf({ precision }).get('1/model.onnx') as Uint8Array;
  };

  // Integers give the same bits in any batch; sums of floats may be taken in another order.
  it.each([
    ['int8', 0],
    ['fp16', 1e-4],
  ] as const)('for %s gives equal rows in batches of 1, 3 and 8', async (precision, slack) => {
    const file = graphOf(precision);
    const whole = await logits(file, 0, 8);
    const parts = [...(await logits(file, 0, 3)), ...(await logits(file, 3, 1))];
    for (const [i, row] of parts.entries()) {
      for (const [c, value] of row.entries()) {
        expect(Math.abs(value - whole[i]![c]!)).toBeLessThanOrEqual(slack);
      }
    }
    expect(whole[0]).not.toEqual(whole[1]);
  });

  it('for fp16 has no quantization left, and computes what the stored one does', async () => {
    const read = readModel(graphOf('fp16'));
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    const ops = new Set(read.value.graph.nodes.map(({ op }) => op));
    expect([...ops].toSorted()).toEqual(
      ['Add', 'Conv', 'Flatten', 'Gemm', 'GlobalAveragePool', 'Relu'].toSorted(),
    );
    const [float, int8] = [await logits(graphOf('fp16'), 0, 8), await logits(exported.file, 0, 8)];
    let error = 0;
    let signal = 0;
    for (const [i, row] of float.entries()) {
      for (const [c, value] of row.entries()) {
        signal += value ** 2;
        error += (value - int8[i]![c]!) ** 2;
      }
    }
    const decibels = 10 * Math.log10(signal / error);
    console.error(`float form against int8: ${decibels.toFixed(1)} dB`);
    expect(decibels).toBeGreaterThan(20);
  });
});
