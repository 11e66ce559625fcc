import type { CheckedNode, Value } from './checked.ts';
import type { OnnxNode, OnnxTensor, OnnxType } from './graph.ts';
import type { Verdict } from './wire.ts';

export interface Inferred {
  readonly node: CheckedNode;
  readonly value: Value;
}

/** What an operator's rule sees of its node: inputs are present and of known shape. */
export interface Site {
  readonly node: OnnxNode;
  readonly inputs: readonly (Value | null)[];
  readonly y: string;
  readonly verdict: Verdict;
  /** The constant of that name, if it is one. */
  constant(name: string): OnnxTensor | undefined;
  require(value: Value | null | undefined, ...types: OnnxType[]): Value | null;
}
