import * as ort from 'onnxruntime-web';
import { checkModel } from '../../onnx/check.ts';
import type { OnnxModel } from '../../onnx/graph.ts';
import { writeOnnx } from '../../onnx/write.ts';
import { instantiate } from './kernels.ts';
import { lowerGraph } from './lower.ts';
import type { Net } from './net.ts';
import { at } from './net.ts';
import { prepare } from './prepare.ts';
import type { Program } from './program.ts';
import { createProgram } from './program.ts';

export interface Comparison {
  /** u8 values compared. */
  readonly values: number;
  /** Activations that differ, with the number of their differing bytes. */
  readonly wrong: Readonly<Record<string, number>>;
  /** Of ours, its inputs being the reference's, and of the reference. */
  readonly logits: Float32Array;
  readonly want: Float32Array;
}

/**
 * Compares every activation with onnxruntime-web's, which gets the same graph with each of them as
 * an output. After a difference the reference's bytes go on, so that each step is judged alone.
 */
export async function compareWithOrt(
  module: WebAssembly.Module,
  model: OnnxModel,
  input: Float32Array,
): Promise<Comparison> {
  const { net, program } = openProgram(module, model);
  const results = await runExposed(model, net, input);
  const wrong: Record<string, number> = {};
  let values = 0;
  function judge(id: number): void {
    const { name, channels } = at(net.activations, id);
    const tensor = results[name];
    if (tensor === undefined) return;
    const want = toNhwc(tensor.data as Uint8Array, channels);
    const got = program.read(id);
    const count = want.reduce((sum, q, i) => sum + (q === got[i] ? 0 : 1), 0);
    values += want.length;
    if (count > 0) wrong[name] = count;
    program.write(id, want);
  }
  program.input(input);
  judge(0);
  net.steps.forEach((step, index) => {
    program.step(index);
    if ('y' in step) judge(step.y);
  });
  const [output] = model.graph.outputs;
  const want = results[output?.name ?? '']?.data as Float32Array;
  return { values, wrong, logits: program.output(), want };
}

function openProgram(
  module: WebAssembly.Module,
  model: OnnxModel,
): { readonly net: Net; readonly program: Program } {
  const graph = checkModel(model);
  if (!graph.ok) throw new Error(JSON.stringify(graph.failure));
  const lowered = lowerGraph(graph.value);
  if (!lowered.ok) throw new Error(lowered.failure);
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered.value);
  if (!prepared.ok) throw new Error(prepared.failure);
  const { net, layout } = prepared.value;
  return { net, program: createProgram(kernels, net, layout) };
}

/** onnxruntime-web's value of every activation, and its logits. */
async function runExposed(
  model: OnnxModel,
  net: Net,
  input: Float32Array,
): Promise<ort.InferenceSession.ReturnType> {
  const graph = checkModel(model);
  if (!graph.ok) throw new Error(JSON.stringify(graph.failure));
  const { values, input: image } = graph.value;
  const names = net.activations.map(({ name }) => name).filter((name) => name !== '');
  const outputs = names.map((name) => {
    return { name, type: 'uint8', dims: values.get(name)?.dims ?? [] } as const;
  });
  const all = [...model.graph.outputs, ...outputs];
  const exposed = writeOnnx({ ...model, graph: { ...model.graph, outputs: all } });
  const session = await ort.InferenceSession.create(exposed, { executionProviders: ['wasm'] });
  const results = await session.run({
    [image.name]: new ort.Tensor('float32', input, image.dims),
  });
  await session.release();
  return results;
}

/** u8 NCHW, as ONNX orders it, to NHWC. */
function toNhwc(data: Uint8Array, channels: number): Uint8Array {
  const pixels = data.length / channels;
  const turned = new Uint8Array(data.length);
  for (let c = 0; c < channels; c++) {
    for (let p = 0; p < pixels; p++) turned[p * channels + c] = data[c * pixels + p]!;
  }
  return turned;
}
