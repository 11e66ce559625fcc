import type { OnnxModel, OnnxNode } from '../../../src/onnx/graph.ts';

/** Where the float graph's activations become uint8. */
export interface Points {
  /** Values that get their own range from calibration, in computing order. */
  readonly own: readonly string[];
  /** Values that keep the range of another: maxima and reshapes make no new numbers. */
  readonly kept: ReadonlyMap<string, string>;
}

const KEEPS_RANGE: ReadonlySet<string> = new Set(['MaxPool', 'Flatten']);

/**
 * Every activation is quantized, but for a sum that only a ReLU reads: there the range begins
 * behind the ReLU, so that saturation at zero does its work; and but for the graph's outputs: in
 * 256 steps, logits of different classes fall together, and a tie is a coin's throw.
 */
export function quantizationPoints(model: OnnxModel): Points {
  const { graph } = model;
  const readers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const name of node.inputs) readers.set(name, [...(readers.get(name) ?? []), node]);
  }
  const own = graph.inputs.map((input) => input.name);
  const outputs = new Set(graph.outputs.map((output) => output.name));
  const kept = new Map<string, string>();
  for (const node of graph.nodes) {
    const output = node.outputs[0]!;
    const read = readers.get(output) ?? [];
    if (outputs.has(output) || (read.length === 1 && read[0]!.op === 'Relu')) continue;
    if (KEEPS_RANGE.has(node.op)) kept.set(output, kept.get(node.inputs[0]!) ?? node.inputs[0]!);
    else own.push(output);
  }
  return { own, kept };
}
