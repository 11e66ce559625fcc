import { BATCH_NORM_EPSILON } from './architecture.ts';

/** Batch norm at inference: y = (x - mean) / sqrt(variance + epsilon) * scale + shift. */
export interface BatchNorm {
  readonly scale: Float32Array;
  readonly shift: Float32Array;
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

export interface Affine {
  /** [out, ...], row-major. */
  readonly weight: Float32Array;
  /** [out]. */
  readonly bias: Float32Array;
}

/**
 * Folds batch norm into the convolution before it. In float64, rounded to float32 once:
 *
 *     w' = w * scale / sqrt(variance + epsilon)
 *     b' = shift - mean * scale / sqrt(variance + epsilon)
 */
export function foldBatchNorm(
  weight: Float32Array,
  norm: BatchNorm,
  epsilon: number = BATCH_NORM_EPSILON,
): Affine {
  const outChannels = norm.scale.length;
  if (weight.length % outChannels !== 0) throw new RangeError('fold: channels do not fit');
  const size = weight.length / outChannels;
  const folded = new Float32Array(weight.length);
  const bias = new Float32Array(outChannels);
  for (let c = 0; c < outChannels; c++) {
    const factor = norm.scale[c]! / Math.sqrt(norm.variance[c]! + epsilon);
    for (let i = c * size; i < (c + 1) * size; i++) folded[i] = weight[i]! * factor;
    bias[c] = norm.shift[c]! - norm.mean[c]! * factor;
  }
  return { weight: folded, bias };
}
