import { checkModel } from '../../../src/onnx/check.ts';
import type { CheckedGraph } from '../../../src/onnx/checked.ts';
import type { OnnxFailure } from '../../../src/onnx/failure.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import type { OnnxLimits } from '../../../src/onnx/limits.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { scriptOnnxLimits } from '../limits.ts';

/** A float32 classifier in our canonical operators: [N, 3, height, width] to [N, classes]. */
export interface FloatGraph {
  readonly model: OnnxModel;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
}

export type FloatGraphFailure =
  | OnnxFailure
  /** It is an ONNX graph, but no float32 classifier of pictures. */
  | { readonly code: 'not_a_float_classifier'; readonly reason: string };

/** Reads a float32 ONNX file. Weights stay views into `file`. */
export function readFloatGraph(
  file: Uint8Array,
  limits: OnnxLimits = scriptOnnxLimits,
): Result<FloatGraph, FloatGraphFailure> {
  const model = readModel(file, limits);
  if (!model.ok) return model;
  const graph = checkModel(model.value, limits);
  if (!graph.ok) return graph;
  return judge(model.value, graph.value);
}

function judge(model: OnnxModel, graph: CheckedGraph): Result<FloatGraph, FloatGraphFailure> {
  const [, channels, height, width] = graph.input.dims;
  if (graph.input.dims.length !== 4 || channels !== 3) {
    return refuse(`its input is [${graph.input.dims}], not [N, 3, height, width]`);
  }
  const quantized = graph.nodes.find(({ op }) => /^(De)?[Qq]uantizeLinear$/.test(op));
  if (quantized !== undefined) return refuse(`it is quantized already: ${quantized.op}`);
  const [output, ...others] = graph.outputs;
  const dims = graph.values.get(output ?? '')?.dims ?? [];
  if (others.length > 0 || dims.length !== 2) return refuse('its output is not [N, classes] alone');
  return ok({ model, height: height!, width: width!, classes: dims[1]! });
}

function refuse(reason: string): Result<never, FloatGraphFailure> {
  return fail({ code: 'not_a_float_classifier', reason });
}
