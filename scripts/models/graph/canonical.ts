import type {
  AddNode,
  CheckedGraph,
  CheckedNode,
  ConvNode,
  GemmNode,
  PoolNode,
  UnaryNode,
} from '../../../src/onnx/checked.ts';
import type { OnnxModel, OnnxNode, OnnxTensor } from '../../../src/onnx/graph.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { IR_VERSION, OPSET, PRODUCER } from './float-graph.ts';
import { floatsOf, node, tensor } from './tensors.ts';

/** Why a sound graph has no canonical form. */
export type NotCanonical = { readonly code: 'not_a_float_classifier'; readonly reason: string };

/**
 * The graph in the form that `toFloatGraph` makes: every weight a constant of its node alone, a
 * bias everywhere, windows square, the dense layer [out, in]. Values are numbered by operator, so
 * that names of exporters do not matter; `input` is [N, 3, h, w], `logits` [N, classes].
 */
export function toCanonical(graph: CheckedGraph): Result<OnnxModel, NotCanonical> {
  const draft = startDraft(graph);
  for (const step of neededSteps(graph)) {
    const reason = push(draft, step);
    if (reason !== undefined) return refuse(reason);
  }
  const [, , height, width] = graph.input.dims;
  const last = draft.names.get(graph.outputs[0] ?? '');
  const dims = graph.values.get(graph.outputs[0] ?? '')?.dims ?? [];
  if (last === undefined || last === 'input' || dims.length !== 2) {
    return refuse(`its output is [${dims}], not [N, classes]`);
  }
  const rename = (name: string) => (name === last ? 'logits' : name);
  const nodes = draft.nodes.map((one) => ({
    ...one,
    inputs: one.inputs.map(rename),
    outputs: one.outputs.map(rename),
  }));
  return ok({
    irVersion: IR_VERSION,
    opset: OPSET,
    producer: PRODUCER,
    metadata: {},
    graph: {
      name: 'classifier',
      nodes,
      initializers: draft.initializers,
      inputs: [{ name: 'input', type: 'float32', dims: ['N', 3, height!, width!] }],
      outputs: [{ name: 'logits', type: 'float32', dims: ['N', dims[1]!] }],
    },
  });
}

/** Without what no output comes from. */
function neededSteps(graph: CheckedGraph): readonly CheckedNode[] {
  const needed = new Set(graph.outputs);
  const steps = graph.nodes.toReversed().filter((step) => {
    if (!needed.has(step.y)) return false;
    for (const name of inputsOf(step)) needed.add(name);
    return true;
  });
  return steps.reverse();
}

function refuse(reason: string): Result<never, NotCanonical> {
  return fail({ code: 'not_a_float_classifier', reason });
}

interface Draft {
  readonly graph: CheckedGraph;
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxTensor[];
  /** From the file's names of activations to ours. */
  readonly names: Map<string, string>;
  readonly counts: Map<string, number>;
  /** A dense layer whose bias may still come, by the name of its output in the file. */
  readonly open: Map<string, { readonly weight: Float32Array; readonly dims: readonly number[] }>;
}

function startDraft(graph: CheckedGraph): Draft {
  const names = new Map([[graph.input.name, 'input']]);
  return { graph, nodes: [], initializers: [], names, counts: new Map(), open: new Map() };
}

/** Appends a step's nodes; answers why it cannot. */
function push(draft: Draft, step: CheckedNode): string | undefined {
  switch (step.op) {
    case 'Conv':
      return pushConv(draft, step);
    case 'MaxPool':
    case 'AveragePool':
      return pushPool(draft, step);
    case 'Relu':
    case 'GlobalAveragePool':
    case 'Flatten':
    case 'Reshape':
      return pushUnary(draft, step);
    case 'Add':
      return pushAdd(draft, step);
    case 'Gemm':
      return pushDense(draft, step);
    case 'QuantizeLinear':
    case 'DequantizeLinear':
      return `it is quantized already: ${step.op}`;
  }
}

/** Our name for a new value. */
function claim(draft: Draft, op: string, y: string): string {
  const count = draft.counts.get(op) ?? 0;
  draft.counts.set(op, count + 1);
  const name = `${op.toLowerCase()}${count}`;
  draft.names.set(y, name);
  return name;
}

function constantOf({ graph }: Draft, name: string | null): Float32Array | undefined {
  const found = graph.initializers.get(name ?? '');
  return found === undefined ? undefined : floatsOf(found);
}

function pushWeighted(
  draft: Draft,
  op: 'Conv' | 'Gemm',
  x: string,
  y: string,
  weight: { readonly values: Float32Array; readonly dims: readonly number[] },
  bias: Float32Array,
  attributes: Readonly<Record<string, number | readonly number[]>>,
): string | undefined {
  if (!weight.values.every(Number.isFinite) || !bias.every(Number.isFinite)) {
    return `the weights of ${op} ${y} hold NaN or infinity`;
  }
  const name = claim(draft, op, y);
  draft.initializers.push(
    tensor(`${name}.weight`, weight.dims, weight.values),
    tensor(`${name}.bias`, [bias.length], bias),
  );
  draft.nodes.push(node(op, [x, `${name}.weight`, `${name}.bias`], name, attributes));
  return undefined;
}

function pushConv(draft: Draft, step: ConvNode): string | undefined {
  const { kernel, stride, dilation, pads, w, bias, y } = step;
  const x = draft.names.get(step.x);
  const values = constantOf(draft, w);
  const dims = draft.graph.values.get(w)?.dims ?? [];
  const added = bias === null ? new Float32Array(dims[0] ?? 0) : constantOf(draft, bias);
  if (x === undefined || values === undefined || added === undefined) {
    return `the weights of Conv ${y} are not constants`;
  }
  const square = kernel[0] === kernel[1] && stride[0] === stride[1];
  const even = pads.every((pad) => pad === pads[0]);
  if (!square || !even || dilation.some((step) => step !== 1)) {
    return `Conv ${y} is dilated, or its window is not square and evenly padded`;
  }
  const attributes = { kernel_shape: kernel, pads, strides: stride };
  return pushWeighted(draft, 'Conv', x, y, { values, dims }, added, attributes);
}

function pushPool(draft: Draft, step: PoolNode): string | undefined {
  const { op, kernel, stride, dilation, countPads, y } = step;
  const x = draft.names.get(step.x);
  if (x === undefined) return `${op} ${y} pools a constant`;
  const input = draft.graph.values.get(step.x)?.dims.slice(2) ?? [];
  const output = draft.graph.values.get(y)?.dims.slice(2) ?? [];
  // What ceil_mode adds behind the image, as padding: it is no maximum, and no mean counts it.
  const pads = step.pads.map((pad, side) => {
    const axis = (side % 2) as 0 | 1;
    if (side < 2) return pad;
    const reach = (output[axis]! - 1) * stride[axis] + kernel[axis];
    return Math.max(pad, reach - input[axis]! - step.pads[axis]);
  });
  if (dilation.some((step) => step !== 1)) return `${op} ${y} is dilated`;
  if (countPads && pads.some((pad) => pad > 0)) return `${op} ${y} counts its padding`;
  if (pads.some((pad, side) => pad >= kernel[(side % 2) as 0 | 1])) {
    return `${op} ${y} has a window of padding alone`;
  }
  const name = claim(draft, op, y);
  draft.nodes.push(node(op, [x], name, { kernel_shape: kernel, pads, strides: stride }));
  return undefined;
}

function pushUnary(draft: Draft, step: UnaryNode): string | undefined {
  const { op, y } = step;
  const x = draft.names.get(step.x);
  if (x === undefined) return `${op} ${y} works on a constant`;
  if (op === 'Relu' || op === 'GlobalAveragePool') {
    draft.nodes.push(node(op, [x], claim(draft, op, y)));
    return undefined;
  }
  const from = draft.graph.values.get(step.x)?.dims ?? [];
  const to = draft.graph.values.get(y)?.dims ?? [];
  if (from.join() === to.join()) {
    draft.names.set(y, x);
    return undefined;
  }
  // Row-major, so any reshape to [N, the rest] is a Flatten.
  if (to.length !== 2 || to[0] !== from[0]) return `${op} ${y} makes [${to}] of [${from}]`;
  draft.nodes.push(node('Flatten', [x], claim(draft, 'Flatten', y), { axis: 1 }));
  return undefined;
}

function pushAdd(draft: Draft, step: AddNode): string | undefined {
  const [a, b] = [draft.names.get(step.a), draft.names.get(step.b)];
  const dims = (name: string) => draft.graph.values.get(name)?.dims.join();
  if (a !== undefined && b !== undefined) {
    if (dims(step.a) !== dims(step.b)) return `Add ${step.y} broadcasts`;
    draft.nodes.push(node('Add', [a, b], claim(draft, 'Add', step.y)));
    return undefined;
  }
  const [x, constant] = a === undefined ? [step.b, step.a] : [step.a, step.b];
  const dense = draft.open.get(x);
  const bias = constantOf(draft, constant);
  const fits = bias?.length === dense?.dims[0] && dims(step.y) === dims(x);
  if (dense === undefined || bias === undefined || !fits) {
    return `Add ${step.y} adds a constant to what is no dense layer`;
  }
  return finishDense(draft, x, step.y, dense, bias);
}

function pushDense(draft: Draft, step: GemmNode): string | undefined {
  const { alpha, beta, transA, transB, y, c } = step;
  const x = draft.names.get(step.a);
  const values = constantOf(draft, step.b);
  const [rows = 0, columns = 0] = draft.graph.values.get(step.b)?.dims ?? [];
  if (x === undefined || values === undefined) return `the weights of Gemm ${y} are not constants`;
  if (transA) return `Gemm ${y} turns its input`;
  const turned = transB ? values : transpose(values, rows, columns);
  const dims = transB ? [rows, columns] : [columns, rows];
  const weight = turned.map((value) => value * alpha);
  if (c === null && awaitsBias(draft, y)) {
    draft.open.set(y, { weight, dims });
    draft.names.set(y, x);
    return undefined;
  }
  const added = c === null ? Float32Array.of(0) : constantOf(draft, c);
  if (added === undefined) return `the bias of Gemm ${y} is not a constant`;
  if (added.length !== 1 && added.length !== dims[0]) return `the bias of Gemm ${y} is no row`;
  const bias = Float32Array.from({ length: dims[0]! }, (_, i) => {
    return beta * added[added.length === 1 ? 0 : i]!;
  });
  return finishDense(draft, y, y, { weight, dims }, bias, x);
}

/** MatMul and Add: read by one Add of a constant, and by nothing else. */
function awaitsBias({ graph }: Draft, y: string): boolean {
  const readers = neededSteps(graph).filter((one) => inputsOf(one).includes(y));
  const [reader] = readers;
  if (readers.length !== 1 || reader?.op !== 'Add' || graph.outputs.includes(y)) return false;
  return graph.initializers.has(reader.a === y ? reader.b : reader.a);
}

function inputsOf(step: CheckedNode): readonly string[] {
  if (step.op === 'Add' || step.op === 'Gemm') return [step.a, step.b];
  return [step.x];
}

function finishDense(
  draft: Draft,
  opened: string,
  y: string,
  { weight, dims }: { readonly weight: Float32Array; readonly dims: readonly number[] },
  bias: Float32Array,
  x: string = draft.names.get(opened) ?? '',
): string | undefined {
  draft.open.delete(opened);
  return pushWeighted(draft, 'Gemm', x, y, { values: weight, dims }, bias, { transB: 1 });
}

/** [rows, columns] to [columns, rows]. */
function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const turned = new Float32Array(values.length);
  for (let r = 0; r < rows; r++) {
    for (let c = 0; c < columns; c++) turned[c * rows + r] = values[r * columns + c]!;
  }
  return turned;
}
