import type { OnnxModel, OnnxNode, OnnxTensor } from '../../../src/onnx/graph.ts';
import { elementCount } from '../checkpoint/tensor.ts';
import { floatsOf, tensor } from '../graph/tensors.ts';

/**
 * A graph in QDQ form with its rounding of activations taken off and its weights as float32: the
 * same weights and biases, for runtimes that cannot run our quantization. TensorRT is one: its
 * explicit quantization is symmetric int8, ours is uint8 with zero points (as the CPU's and our own
 * kernels want it), and what TensorRT cannot take falls back to slower kernels, layer by layer.
 */
export function toFloatForm(model: OnnxModel): OnnxModel {
  const { graph } = model;
  const stored = new Map(graph.initializers.map((initializer) => [initializer.name, initializer]));
  /** A value that stands for another: what was quantized and is real again is the value itself. */
  const same = new Map<string, string>();
  const resolve = (name: string) => same.get(name) ?? name;
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  for (const node of graph.nodes) {
    const input = node.inputs[0]!;
    const output = node.outputs[0]!;
    const weight = stored.get(input);
    if (node.op === 'DequantizeLinear' && weight !== undefined) {
      initializers.push(dequantize(output, node, stored));
    } else if (node.op === 'QuantizeLinear' || node.op === 'DequantizeLinear') {
      same.set(output, resolve(input));
    } else {
      nodes.push({ ...node, inputs: node.inputs.map(resolve) });
    }
  }
  const metadata = { ...model.metadata, quantization: 'weights int8, dequantized' };
  return { ...model, metadata, graph: { ...graph, nodes, initializers } };
}

/** w = (q - zero) * scale, scale and zero along axis 0 or for the whole tensor. */
function dequantize(
  name: string,
  node: OnnxNode,
  stored: ReadonlyMap<string, OnnxTensor>,
): OnnxTensor {
  const quantized = stored.get(node.inputs[0]!)!;
  const scales = floatsOf(stored.get(node.inputs[1]!)!);
  const zeros = integersOf(stored.get(node.inputs[2] ?? ''));
  const axis = node.attributes.get('axis');
  if (scales.length > 1 && (axis?.type !== 'int' || axis.value !== 0)) {
    throw new RangeError(`export: ${name} is not quantized along axis 0`);
  }
  const values = integersOf(quantized)!;
  const out = new Float32Array(elementCount(quantized.dims));
  const each = out.length / scales.length;
  for (let i = 0; i < out.length; i++) {
    const channel = Math.floor(i / each);
    out[i] = (values[i]! - (zeros?.[channel] ?? 0)) * scales[channel]!;
  }
  return tensor(name, quantized.dims, out);
}

function integersOf(from: OnnxTensor | undefined): ArrayLike<number> | undefined {
  if (from === undefined) return undefined;
  // Copied: raw bytes may lie at any offset.
  const raw = from.raw.slice();
  switch (from.type) {
    case 'int8':
      return new Int8Array(raw.buffer);
    case 'uint8':
      return raw;
    case 'int32':
      return new Int32Array(raw.buffer);
    default:
      throw new RangeError(`export: ${from.name} is ${from.type}, which nothing quantizes to`);
  }
}
