import type { CheckedGraph, QuantizeNode } from '../../onnx/checked.ts';
import type { OnnxType } from '../../onnx/graph.ts';
import { tensorNumbers } from '../../onnx/numbers.ts';
import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import type { Pair } from './net.ts';

/** An initializer, with its scales where it is read through DequantizeLinear. */
export interface Constant {
  readonly type: OnnxType;
  readonly dims: readonly number[];
  readonly numbers: ArrayLike<number>;
  readonly raw: Uint8Array;
  readonly scales: ArrayLike<number>;
  readonly zeros: ArrayLike<number>;
  readonly axis: number;
}

/** Weights and bias of a convolution, as ONNX orders them. */
export interface Dense {
  readonly couts: number;
  readonly cins: number;
  readonly taps: number;
  /** int8 [cout][cin][tap], as bytes; a view into the file wherever it has this order. */
  readonly weights: Uint8Array;
  readonly bias: Int32Array;
  /** f32 input scale * weight scale, per cout. */
  readonly scales: Float32Array;
}

/** A bias scale written by another rounding of input scale * weight scale is still that product. */
const BIAS_SCALE_TOLERANCE = 1e-5;

export function readConstant(graph: CheckedGraph, name: string, through?: QuantizeNode): Constant {
  const tensor = graph.initializers.get(name);
  if (tensor === undefined) throw new RangeError(`weights: ${name} is no initializer`);
  const scales = through === undefined ? [1] : readConstant(graph, through.scale).numbers;
  const zero = through?.zero ?? null;
  const zeros = zero === null ? [0] : readConstant(graph, zero).numbers;
  const { type, dims, raw } = tensor;
  const numbers = tensorNumbers(tensor);
  return { type, dims, raw, numbers, scales, zeros, axis: through?.axis ?? 0 };
}

export function toDense(
  weights: Constant,
  bias: Constant | null,
  inputScale: number,
  shape: { readonly cins: number; readonly kernel: Pair; readonly transposed: boolean },
): Result<Dense, string> {
  const { cins, kernel, transposed } = shape;
  const taps = kernel[0] * kernel[1];
  if (weights.type !== 'int8') return fail('unsupported_type');
  if (Array.prototype.some.call(weights.zeros, (zero) => zero !== 0)) {
    return fail('unsupported_zero_point');
  }
  const coutAxis = transposed ? 1 : 0;
  if (weights.scales.length > 1 && weights.axis !== coutAxis) return fail('unsupported_axis');
  const couts = weights.dims[coutAxis] ?? 1;
  const scales = Float32Array.from({ length: couts }, (_, cout) => {
    return Math.fround(inputScale) * Math.fround(scaleAt(weights, cout));
  });
  const sums = toBias(bias, couts, scales);
  if (sums === null) return fail('unsupported_bias');
  const bytes = transposed ? transpose(weights.raw, couts) : weights.raw;
  return ok({ couts, cins, taps, weights: bytes, bias: sums, scales });
}

function scaleAt(constant: Constant, index: number): number {
  const { scales } = constant;
  return (scales.length === 1 ? scales[0] : scales[index]) ?? 1;
}

/** The bias in units of the sums, or null where its own scale is another. */
function toBias(bias: Constant | null, couts: number, scales: Float32Array): Int32Array | null {
  const sums = new Int32Array(couts);
  if (bias === null) return sums;
  const plain = bias.type === 'int32' && Array.prototype.every.call(bias.zeros, (z) => z === 0);
  if (!plain || bias.numbers.length !== couts) return null;
  for (let cout = 0; cout < couts; cout++) {
    const ratio = scaleAt(bias, cout) / (scales[cout] ?? 1);
    if (!(Math.abs(ratio - 1) < BIAS_SCALE_TOLERANCE)) return null;
    sums[cout] = bias.numbers[cout] ?? 0;
  }
  return sums;
}

/** [depth][cout] to [cout][depth]. */
function transpose(raw: Uint8Array, couts: number): Uint8Array {
  const depth = raw.length / couts;
  const turned = new Uint8Array(raw.length);
  for (let k = 0; k < depth; k++) {
    for (let cout = 0; cout < couts; cout++) turned[cout * depth + k] = raw[k * couts + cout]!;
  }
  return turned;
}
