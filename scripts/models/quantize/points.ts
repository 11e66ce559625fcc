import type { OnnxModel, OnnxNode } from '../../../src/onnx/graph.ts';

/** Where the float graph's activations become uint8. */
export interface Points {
  /** Values that get their own range from calibration, in computing order. */
  readonly own: readonly string[];
  /** Values that keep the range of another: maxima and reshapes make no new numbers. */
  readonly kept: ReadonlyMap<string, string>;
}

const KEEPS_RANGE: ReadonlySet<string> = new Set(['MaxPool', 'Flatten']);

/** `first`: the convolution that reads the picture. `last`: the dense layer before the logits. */
export type FloatLayer = 'first' | 'last';

/**
 * Every activation is quantized, but for a sum that only a ReLU reads: there the range begins
 * behind the ReLU, so that saturation at zero does its work; and but for the graph's outputs: in
 * 256 steps, logits of different classes fall together, and a tie is a coin's throw. What only
 * layers kept in float read stays real too.
 */
export function quantizationPoints(model: OnnxModel, floats: readonly FloatLayer[] = []): Points {
  const { graph } = model;
  const readers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  const real = realValues(model, floats, readers);
  const own = graph.inputs.map(({ name }) => name).filter((name) => !real.has(name));
  const kept = new Map<string, string>();
  for (const node of graph.nodes) {
    const [input, output] = [node.inputs[0]!, node.outputs[0]!];
    if (real.has(output)) continue;
    if (KEEPS_RANGE.has(node.op)) kept.set(output, kept.get(input) ?? input);
    else own.push(output);
  }
  return { own, kept };
}

/** Nodes whose weights stay float32. */
export function floatNodes(
  { graph }: OnnxModel,
  floats: readonly FloatLayer[],
): ReadonlySet<OnnxNode> {
  const first = graph.nodes.find(({ op }) => op === 'Conv');
  const last = graph.nodes.findLast(({ op }) => op === 'Gemm');
  const chosen = floats.map((layer) => (layer === 'first' ? first : last));
  return new Set(chosen.filter((node) => node !== undefined));
}

/** Backwards from the outputs: a value is real where every reader takes it as it is. */
function realValues(
  model: OnnxModel,
  floats: readonly FloatLayer[],
  readers: ReadonlyMap<string, readonly OnnxNode[]>,
): ReadonlySet<string> {
  const { graph } = model;
  const inFloat = new Set(floatNodes(model, floats));
  const real = new Set(graph.outputs.map(({ name }) => name));
  const takesReal = (node: OnnxNode) => {
    return inFloat.has(node) || (node.op === 'Flatten' && real.has(node.outputs[0]!));
  };
  const settle = (name: string) => {
    const read = readers.get(name) ?? [];
    const onlyRelu = read.length === 1 && read[0]!.op === 'Relu';
    if (onlyRelu || (read.length > 0 && read.every(takesReal))) real.add(name);
  };
  for (const node of graph.nodes.toReversed()) settle(node.outputs[0]!);
  for (const { name } of graph.inputs) settle(name);
  return real;
}
