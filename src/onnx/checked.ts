import type { OnnxTensor, OnnxType } from './graph.ts';

/** A graph that passed every rule: sorted, shapes known for batch 1, defaults filled in. */
export interface CheckedGraph {
  readonly input: Value;
  /** Names of graph outputs, in the file's order. */
  readonly outputs: readonly string[];
  readonly nodes: readonly CheckedNode[];
  readonly initializers: ReadonlyMap<string, OnnxTensor>;
  /** Shapes and types of every name. */
  readonly values: ReadonlyMap<string, Value>;
}

export interface Value {
  readonly name: string;
  readonly type: OnnxType;
  readonly dims: readonly number[];
}

/** A two-dimensional window: kernel, stride, dilation are [rows, columns]. */
export interface Window {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly dilation: Pair;
  /** [top, left, bottom, right] */
  readonly pads: readonly [number, number, number, number];
}

export type Pair = readonly [number, number];

export interface ConvNode extends Window {
  readonly op: 'Conv';
  readonly x: string;
  readonly w: string;
  readonly bias: string | null;
  readonly y: string;
}

export interface PoolNode extends Window {
  readonly op: 'MaxPool' | 'AveragePool';
  readonly x: string;
  /** AveragePool divides by the whole kernel, padding included. */
  readonly countPads: boolean;
  readonly y: string;
}

export interface UnaryNode {
  readonly op: 'Relu' | 'GlobalAveragePool' | 'Flatten' | 'Reshape';
  readonly x: string;
  readonly y: string;
}

export interface AddNode {
  readonly op: 'Add';
  readonly a: string;
  readonly b: string;
  readonly y: string;
}

/** y = alpha * a b + beta * c; MatMul has no c. */
export interface GemmNode {
  readonly op: 'Gemm';
  readonly a: string;
  readonly b: string;
  readonly c: string | null;
  readonly alpha: number;
  readonly beta: number;
  readonly transA: boolean;
  readonly transB: boolean;
  readonly y: string;
}

export interface QuantizeNode {
  readonly op: 'QuantizeLinear' | 'DequantizeLinear';
  readonly x: string;
  readonly scale: string;
  readonly zero: string | null;
  /** Dimension that a scale per channel runs along; 0 for a single scale. */
  readonly axis: number;
  readonly y: string;
}

export type CheckedNode = ConvNode | PoolNode | UnaryNode | AddNode | GemmNode | QuantizeNode;
