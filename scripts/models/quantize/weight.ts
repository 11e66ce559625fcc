/** Weights per output channel, symmetric: real = quantized * scale[channel], -127..127. */
export interface QuantizedWeight {
  readonly values: Int8Array;
  /** float32, one per output channel. */
  readonly scales: Float32Array;
}

/** -128 stays unused: the range is symmetric, and kernels that negate or double cannot overflow. */
export const WEIGHT_MAX = 127;

/**
 * Bias goes into the int32 sum at inputScale * weightScale. A channel whose weights are nearly
 * zero (a tiny batch norm gain) beside a normal bias would overflow it: its scale is raised until
 * the bias takes at most these many steps. Products of such a channel hardly count anyway.
 */
export const BIAS_MAX = 2 ** 24;

/** Below this float32 scale products with an input scale would turn subnormal. */
const SCALE_MIN = 2 ** -60;

/** weight: [out, ...] row-major; bias: [out], real values. */
export function quantizeWeight(
  weight: Float32Array,
  bias: Float32Array,
  inputScale: number,
): QuantizedWeight {
  const channels = bias.length;
  if (weight.length % channels !== 0) throw new RangeError('quantize: channels do not fit');
  const size = weight.length / channels;
  const values = new Int8Array(weight.length);
  const scales = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const channel = weight.subarray(c * size, (c + 1) * size);
    const floor = Math.max(SCALE_MIN, Math.abs(bias[c]!) / (inputScale * BIAS_MAX));
    scales[c] = Math.max(floor, channelScale(channel));
    roundTo(channel, scales[c]!, values.subarray(c * size, (c + 1) * size));
  }
  return { values, scales };
}

/** Candidates for clipping: from the largest weight down to this share of it. */
const CLIP_SHARE_MIN = 0.6;
const CLIP_STEPS = 40;

/**
 * The scale with the least squared rounding error. Clipping a lone large weight a little gives all
 * the others finer steps.
 */
function channelScale(weights: Float32Array): number {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  let best = largest / WEIGHT_MAX;
  let least = Infinity;
  for (let i = 0; i <= CLIP_STEPS; i++) {
    const share = 1 - ((1 - CLIP_SHARE_MIN) * i) / CLIP_STEPS;
    const scale = Math.fround((largest * share) / WEIGHT_MAX);
    if (scale < SCALE_MIN) break;
    const error = squaredError(weights, scale, least);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

/** Anything from `enough` on once the sum has reached it: most candidates lose early. */
function squaredError(weights: Float32Array, scale: number, enough: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length && sum < enough; i++) {
    const error = weights[i]! - clampWeight(Math.round(weights[i]! / scale)) * scale;
    sum += error * error;
  }
  return sum;
}

function roundTo(weights: Float32Array, scale: number, out: Int8Array): void {
  for (const [i, weight] of weights.entries()) out[i] = clampWeight(Math.round(weight / scale));
}

function clampWeight(value: number): number {
  return Math.max(-WEIGHT_MAX, Math.min(WEIGHT_MAX, value));
}
