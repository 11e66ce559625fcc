import * as ort from 'onnxruntime-node';
import type { OnnxModel, OnnxValue } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { inferShapes } from '../graph/shapes.ts';
import { withOutputs } from '../graph/with-outputs.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { openSession } from './session.ts';

/** What int8 makes of one value of the network, against float32. */
export interface LayerNoise {
  readonly layer: string;
  /** Signal-to-quantization-noise ratio: 10 log10(sum x^2 / sum (x - x')^2). */
  readonly sqnrDb: number;
  /** How much worse than the noisiest value that it is computed from: the layer's own part. */
  readonly lossDb: number;
}

/** Enough to rank layers; more change the figures by tenths of a dB. */
export const NOISE_PICTURES = 16;

/**
 * Runs both graphs over the first pictures and compares every value that is quantized, and the
 * answer; in computing order. The int8 graph must be `quantizeGraph`'s, or name values as it does.
 */
export async function measureLayers(
  float: OnnxModel,
  int8: OnnxModel,
  pictures: PictureSet,
  picturesMax: number = NOISE_PICTURES,
  onAnswer: (float: Float32Array, int8: Float32Array) => void = () => {},
): Promise<readonly LayerNoise[]> {
  const layers = comparedValues(float, int8);
  const input = float.graph.inputs[0]!;
  const dims = input.dims.map((dim) => (typeof dim === 'number' ? dim : 1));
  const inner = layers.filter(({ value }) => value !== input.name);
  const [exact, rounded] = await Promise.all([
    openSession(
      writeOnnx(
        withOutputs(
          float,
          inner.map(({ value }) => value),
        ),
      ),
    ),
    openSession(writeOnnx(withValues(int8, layers, float))),
  ]);
  const answer = float.graph.outputs[0]!.name;
  const sums = layers.map(() => ({ signal: 0, noise: 0 }));
  for (let i = 0; i < Math.min(picturesMax, pictures.size); i++) {
    const tensor = new ort.Tensor('float32', await pictures.tensor(i), dims);
    const expected = inner.length === 0 ? {} : await exact.run({ [input.name]: tensor });
    const actual = await rounded.run({ [input.name]: tensor });
    for (const [k, { value, quantized }] of layers.entries()) {
      const real = value === input.name ? tensor : expected[value]!;
      const [exactly, nearly] = [real.data, actual[quantized]!.data] as [
        Float32Array,
        Float32Array,
      ];
      addError(sums[k]!, exactly, nearly);
      if (value === answer) onAnswer(exactly, nearly);
    }
  }
  await Promise.all([exact.release(), rounded.release()]);
  const decibels = new Map(
    layers.map(({ value }, k) => [value, 10 * Math.log10(sums[k]!.signal / sums[k]!.noise)]),
  );
  return layers.map(({ value }) => {
    const sources = sourcesOf(value, float, decibels);
    const sqnrDb = decibels.get(value)!;
    const before = Math.min(...sources.map((name) => decibels.get(name)!));
    // The input is computed from nothing.
    const lossDb = sources.length === 0 ? 0 : Math.max(0, before - sqnrDb);
    return { layer: value, sqnrDb, lossDb };
  });
}

interface Compared {
  readonly value: string;
  /** What carries it in the int8 graph. */
  readonly quantized: string;
}

function comparedValues(float: OnnxModel, int8: OnnxModel): readonly Compared[] {
  const made = new Set(int8.graph.nodes.map(({ outputs }) => outputs[0]!));
  const outputs = new Set(int8.graph.outputs.map(({ name }) => name));
  const names = float.graph.nodes.filter(({ op }) => !REPEATS.has(op)).map((n) => n.outputs[0]!);
  return [float.graph.inputs[0]!.name, ...names].flatMap((value): Compared[] => {
    if (made.has(`${value}.dq`)) return [{ value, quantized: `${value}.dq` }];
    return outputs.has(value) ? [{ value, quantized: value }] : [];
  });
}

/** Operators whose output has the numbers of their input. */
const REPEATS: ReadonlySet<string> = new Set(['MaxPool', 'Flatten']);

function withValues(int8: OnnxModel, layers: readonly Compared[], float: OnnxModel): OnnxModel {
  const shapes = inferShapes(float);
  const outputs = layers.map(({ value, quantized }): OnnxValue => {
    return { name: quantized, type: 'float32', dims: shapes.get(value)! };
  });
  return { ...int8, graph: { ...int8.graph, outputs } };
}

function addError(
  sums: { signal: number; noise: number },
  real: Float32Array,
  rounded: Float32Array,
): void {
  let [signal, noise] = [0, 0];
  for (let i = 0; i < real.length; i++) {
    const value = real[i]!;
    const error = value - rounded[i]!;
    signal += value * value;
    noise += error * error;
  }
  sums.signal += signal;
  sums.noise += noise;
}

/** The nearest values before this one that were compared too. */
function sourcesOf(
  value: string,
  model: OnnxModel,
  compared: ReadonlyMap<string, number>,
): readonly string[] {
  const maker = model.graph.nodes.find(({ outputs }) => outputs[0] === value);
  return (maker?.inputs ?? []).flatMap((name) => {
    return compared.has(name) ? [name] : sourcesOf(name, model, compared);
  });
}
