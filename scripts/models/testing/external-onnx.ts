import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';

export interface ExternalTensor {
  readonly name: string;
  readonly dims: readonly number[];
  /** external_data: location, offset, length. */
  readonly entries: Readonly<Record<string, string>>;
}

/** The model with float32 initializers that lie in other files. (onnx.proto, TensorProto 13, 14) */
export function externalOnnx(model: OnnxModel, tensors: readonly ExternalTensor[]): Uint8Array {
  const file = writeOnnx(model);
  // ir_version and producer_name come before the graph, field 7.
  const at = file.indexOf((7 << 3) | 2, 4 + model.producer.length);
  const [length, start] = readVarint(file, at + 1);
  const graph = [
    ...file.subarray(start, start + length),
    ...tensors.flatMap((tensor) => field(5, tensorBytes(tensor))),
  ];
  const parts = [file.subarray(0, at), field(7, graph), file.subarray(start + length)];
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}

function tensorBytes({ name, dims, entries }: ExternalTensor): number[] {
  const pair = ([key, value]: [string, string]) => [
    ...field(1, text(key)),
    ...field(2, text(value)),
  ];
  return [
    ...dims.flatMap((dim) => [1 << 3, ...varint(dim)]),
    ...[2 << 3, 1],
    ...field(8, text(name)),
    ...Object.entries(entries).flatMap((entry) => field(13, pair(entry))),
    ...[14 << 3, 1],
  ];
}

function text(value: string): readonly number[] {
  return [...new TextEncoder().encode(value)];
}

function field(number: number, content: readonly number[]): number[] {
  return [(number << 3) | 2, ...varint(content.length), ...content];
}

function varint(value: number): number[] {
  return value < 128 ? [value] : [(value & 127) | 128, ...varint(value >>> 7)];
}

function readVarint(file: Uint8Array, at: number): [value: number, next: number] {
  const byte = file[at]!;
  if (byte < 128) return [byte, at + 1];
  const [rest, next] = readVarint(file, at + 1);
  return [(byte & 127) + rest * 128, next];
}
