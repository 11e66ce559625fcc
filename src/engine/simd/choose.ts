import {
  DEPTH_MAX,
  ROUND_BITS,
  STRASSEN_DEPTH_MAX,
  STRASSEN_DEPTH_MIN,
  STRASSEN_PIXELS_MIN,
  STRIDE2_SUM_BITS,
  WINOGRAD_SUM_BITS,
} from './limits.ts';
import type { Algorithm, ConvStep, Net } from './net.ts';
import { at, pitchOf, roundUp } from './net.ts';
import { depthOf, strassenFits } from './scratch.ts';

/** Sums of the positive weights and of all weights, per cout. */
export interface WeightSums {
  readonly positive: Int32Array;
  readonly total: Int32Array;
}

/**
 * Largest |sum of (x - zero) * w| over all u8 inputs x, per cout. With P and N the sums of the
 * positive and of the negative weights' magnitudes, the extremes are reached by 255 where one sign
 * is and 0 where the other is: P (255 - zero) + N zero, and N (255 - zero) + P zero.
 */
export function sumBounds(sums: WeightSums, zero: number): Float64Array {
  return Float64Array.from(sums.positive, (positive, cout) => {
    const negative = positive - (sums.total[cout] ?? 0);
    return Math.max(
      positive * (255 - zero) + negative * zero,
      negative * (255 - zero) + positive * zero,
    );
  });
}

/**
 * The algorithm of a convolution, or null where no kernel is exact: the reason is a scale so large
 * that rounding on floats would go wrong, or a depth whose sums could leave 32 bits.
 */
export function chooseAlgorithm(
  net: Net,
  step: ConvStep,
  bounds: Float64Array,
  bias: Int32Array,
  scales: Float32Array,
): Algorithm | null {
  if (!roundsExactly(net, step, bounds, bias, scales)) return null;
  const sumMax = bounds.reduce((most, bound) => Math.max(most, bound), 0);
  return chooseTiles(net, step, sumMax) ?? chooseProduct(net, step);
}

/** Winograd in one of its forms, where the layer has its shape and the sums stay in its range. */
function chooseTiles(net: Net, step: ConvStep, sumMax: number): Algorithm | null {
  const x = at(net.activations, step.x);
  const y = at(net.activations, step.y);
  const pitch = pitchOf(net, step.x);
  const [rows, columns] = step.kernel;
  const [down, across] = step.stride;
  const tiles = Math.ceil(y.height / 4) * Math.ceil(y.width / 4);
  if (down !== across || rows !== columns) return null;
  if (rows === 7 && down === 2 && x.channels === 3 && pitch === 3 && step.residual === null) {
    return sumMax < 2 ** WINOGRAD_SUM_BITS ? 'stem' : null;
  }
  if (rows !== 3 || pitch % 8 !== 0) return null;
  // Below these tiles the transform of the weights costs more than it saves (npm run bench:engine).
  if (down === 1 && tiles >= 4 && sumMax < 2 ** WINOGRAD_SUM_BITS) return 'winograd';
  if (down === 1 && tiles < 4 && sumMax < 2 ** STRIDE2_SUM_BITS) return 'winograd2';
  return down === 2 && tiles >= 9 && sumMax < 2 ** STRIDE2_SUM_BITS ? 'stride2' : null;
}

function chooseProduct(net: Net, step: ConvStep): Algorithm {
  const y = at(net.activations, step.y);
  const depth = depthOf(net, step);
  const deep = depth >= STRASSEN_DEPTH_MIN && depth <= STRASSEN_DEPTH_MAX;
  const wide = y.height * y.width >= STRASSEN_PIXELS_MIN;
  return deep && wide && strassenFits(net, step) ? 'strassen' : 'direct';
}

function roundsExactly(
  net: Net,
  step: ConvStep,
  bounds: Float64Array,
  bias: Int32Array,
  scales: Float32Array,
): boolean {
  const depth = step.kernel[0] * step.kernel[1] * roundUp(at(net.activations, step.x).channels, 8);
  if (depth > DEPTH_MAX) return false;
  for (let cout = 0; cout < bounds.length; cout++) {
    const sum = (bounds[cout] ?? 0) + Math.abs(bias[cout] ?? 0);
    const x = sum * requantizeScale(scales[cout] ?? 1, step.ownScale);
    if (!(sum < 2 ** 31 && x < 2 ** ROUND_BITS)) return false;
  }
  if (step.residual === null) return true;
  const { scale } = at(net.activations, step.residual);
  return additionRounds(step.ownScale, scale, at(net.activations, step.y).scale);
}

/** (255 * a + 255 * b) / y stays below 2^22. */
export function additionRounds(aScale: number, bScale: number, yScale: number): boolean {
  return (255 * (aScale + bScale)) / yScale < 2 ** ROUND_BITS;
}

/** f32 (input scale * weight scale) / output scale, as onnxruntime's QLinearConv forms it. */
export function requantizeScale(scale: number, outScale: number): number {
  return Math.fround(Math.fround(scale) / Math.fround(outScale));
}
