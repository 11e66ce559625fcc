import { checkModel } from '../../../src/onnx/check.ts';
import type { OnnxFailure } from '../../../src/onnx/failure.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import type { OnnxLimits } from '../../../src/onnx/limits.ts';
import { checkNames } from '../../../src/onnx/order.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { type FindExternal, Verdict } from '../../../src/onnx/wire.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { scriptOnnxLimits } from '../limits.ts';
import { type NotCanonical, toCanonical } from './canonical.ts';
import { FOLDABLE, simplify } from './simplify.ts';

/** A float32 classifier in our canonical operators: [N, 3, height, width] to [N, classes]. */
export interface FloatGraph {
  readonly model: OnnxModel;
  readonly height: number;
  readonly width: number;
  readonly classes: number;
  /** What the file said that the graph no longer says. */
  readonly notes: readonly string[];
}

export interface FloatGraphOptions {
  /** For a file that leaves its height and width open. */
  readonly size?: { readonly height: number; readonly width: number } | undefined;
  readonly limits?: OnnxLimits;
  /** Where its tensors may lie outside the file. */
  readonly external?: FindExternal;
}

export type FloatGraphFailure =
  | OnnxFailure
  | NotCanonical
  /** The file leaves height or width open: the user must say which they are. */
  | { readonly code: 'size_needed'; readonly option: '--size' }
  | { readonly code: 'size_fixed'; readonly height: number; readonly width: number };

/**
 * Reads a float32 ONNX file of any exporter and says the same in our canonical form. Whatever it
 * cannot say so is refused, by the operator's name where that is the reason.
 */
export function readFloatGraph(
  file: Uint8Array,
  { size, limits = scriptOnnxLimits, external }: FloatGraphOptions = {},
): Result<FloatGraph, FloatGraphFailure> {
  const read = readModel(file, limits, { foldable: FOLDABLE, external });
  if (!read.ok) return read;
  const verdict = new Verdict(limits);
  checkNames(read.value.graph, verdict);
  if (verdict.failure !== null) return fail(verdict.failure);
  const { model, notes } = simplify(read.value);
  const sized = settleSize(model, size);
  if (!sized.ok) return sized;
  const checked = checkModel(sized.value, limits);
  if (!checked.ok) return checked;
  const { input, outputs } = checked.value;
  const [, channels, height = 0, width = 0] = input.dims;
  if (input.dims.length !== 4 || channels !== 3 || input.type !== 'float32') {
    return refuse(`its input is ${input.type} [${input.dims}], not float32 [N, 3, height, width]`);
  }
  if (outputs.length !== 1) return refuse(`it has ${outputs.length} outputs`);
  const canonical = toCanonical(checked.value);
  if (!canonical.ok) return canonical;
  const classes = Number(canonical.value.graph.outputs[0]?.dims[1]);
  return ok({ model: canonical.value, height, width, classes, notes });
}

function refuse(reason: string): Result<never, NotCanonical> {
  return fail({ code: 'not_a_float_classifier', reason });
}

/** The caller's size where the file has names for it; the file's own must agree. */
function settleSize(
  model: OnnxModel,
  size: FloatGraphOptions['size'],
): Result<OnnxModel, FloatGraphFailure> {
  const constants = new Set(model.graph.initializers.map(({ name }) => name));
  const input = model.graph.inputs.find(({ name }) => !constants.has(name));
  const [batch, channels, height, width] = input?.dims ?? [];
  if (input === undefined || input.dims.length !== 4) return ok(model);
  if (typeof height === 'number' && typeof width === 'number') {
    const agrees = size === undefined || (size.height === height && size.width === width);
    return agrees ? ok(model) : fail({ code: 'size_fixed', height, width });
  }
  if (size === undefined) return fail({ code: 'size_needed', option: '--size' });
  const fits = (own: number | string | undefined, given: number) =>
    typeof own !== 'number' || own === given;
  if (!fits(height, size.height) || !fits(width, size.width)) {
    return refuse(`its input is [${input.dims}]`);
  }
  const dims = [batch ?? 'N', channels ?? 3, size.height, size.width];
  const inputs = model.graph.inputs.map((one) => (one === input ? { ...one, dims } : one));
  return ok({ ...model, graph: { ...model.graph, inputs } });
}
