import type { OnnxAttribute, OnnxNode, OnnxTensor, OnnxType } from '../../../src/onnx/graph.ts';

type Elements = Float32Array | Int8Array | Uint8Array | Int32Array;

export function tensor(name: string, dims: readonly number[], values: Elements): OnnxTensor {
  const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { name, type: typeOf(values), dims, raw };
}

function typeOf(values: Elements): OnnxType {
  if (values instanceof Float32Array) return 'float32';
  if (values instanceof Int32Array) return 'int32';
  return values instanceof Int8Array ? 'int8' : 'uint8';
}

/** A node called after what it computes. */
export function node(
  op: string,
  inputs: readonly string[],
  output: string,
  attributes: Readonly<Record<string, number | readonly number[]>> = {},
): OnnxNode {
  const typed = Object.entries(attributes).map(([name, value]): [string, OnnxAttribute] => [
    name,
    typeof value === 'number' ? { type: 'int', value } : { type: 'ints', value },
  ]);
  return { name: `${output}:${op}`, op, inputs, outputs: [output], attributes: new Map(typed) };
}

/** A float32 initializer's elements, copied: raw bytes may lie at any offset. */
export function floatsOf(from: OnnxTensor): Float32Array {
  // Not slice(): raw may be a Buffer, whose slice is a view.
  return new Float32Array(Uint8Array.from(from.raw).buffer);
}
