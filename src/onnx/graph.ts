/**
 * An ONNX model as plain data: the part of onnx.proto (ModelProto, GraphProto, NodeProto,
 * TensorProto, ValueInfoProto) that quantized image classifiers use. Readers make it from bytes
 * under limits, writers turn it into bytes; neither computes anything.
 */
export interface OnnxModel {
  readonly irVersion: number;
  /** Version of the default operator set (""). */
  readonly opset: number;
  readonly producer: string;
  readonly graph: OnnxGraph;
  /** metadata_props. */
  readonly metadata: Readonly<Record<string, string>>;
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly initializers: readonly OnnxTensor[];
  readonly inputs: readonly OnnxValue[];
  readonly outputs: readonly OnnxValue[];
}

export interface OnnxNode {
  readonly name: string;
  readonly op: string;
  /** An empty name is an optional input left out. */
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: ReadonlyMap<string, OnnxAttribute>;
}

/** INT attributes are int64 on the wire; those used here are small and fit a number exactly. */
export type OnnxAttribute =
  | { readonly type: 'int'; readonly value: number }
  | { readonly type: 'ints'; readonly value: readonly number[] }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'floats'; readonly value: readonly number[] }
  | { readonly type: 'string'; readonly value: string };

export type OnnxType = 'float32' | 'int8' | 'uint8' | 'int32' | 'int64';

export interface OnnxTensor {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
  /** Row-major little-endian elements, as raw_data holds them. May be a view into the file. */
  readonly raw: Uint8Array;
}

export interface OnnxValue {
  readonly name: string;
  readonly type: OnnxType;
  /** A string is a symbolic dimension (the batch). */
  readonly dims: readonly (number | string)[];
}
