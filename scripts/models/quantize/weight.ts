/** Weights per output channel, symmetric: real = quantized * scale[channel]. */
export interface QuantizedWeight {
  readonly values: Int8Array;
  /** float32, one per output channel. */
  readonly scales: Float32Array;
}

/**
 * Largest weight by bits. -128 stays unused: the range is symmetric, and kernels that negate or
 * double cannot overflow. With 7 bits, two products with uint8 fit into int16: what x86 without
 * VNNI adds up (`vpmaddubsw`), and what WebAssembly's relaxed dot product promises.
 */
export const WEIGHT_MAX = { 7: 63, 8: 127 } as const;
export type Bits = keyof typeof WEIGHT_MAX;

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
  bits: Bits = 8,
): QuantizedWeight {
  const channels = bias.length;
  if (weight.length % channels !== 0) throw new RangeError('quantize: channels do not fit');
  const size = weight.length / channels;
  const values = new Int8Array(weight.length);
  const scales = new Float32Array(channels);
  for (let c = 0; c < channels; c++) {
    const channel = weight.subarray(c * size, (c + 1) * size);
    const floor = Math.max(SCALE_MIN, Math.abs(bias[c]!) / (inputScale * BIAS_MAX));
    scales[c] = Math.max(floor, channelScale(channel, WEIGHT_MAX[bits]));
    const rounded = values.subarray(c * size, (c + 1) * size);
    roundTo(channel, scales[c]!, WEIGHT_MAX[bits], rounded);
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
function channelScale(weights: Float32Array, steps: number): number {
  let largest = 0;
  for (const weight of weights) largest = Math.max(largest, Math.abs(weight));
  let best = largest / steps;
  let least = Infinity;
  for (let i = 0; i <= CLIP_STEPS; i++) {
    const share = 1 - ((1 - CLIP_SHARE_MIN) * i) / CLIP_STEPS;
    const scale = Math.fround((largest * share) / steps);
    if (scale < SCALE_MIN) break;
    const error = squaredError(weights, scale, steps, least);
    if (error < least) {
      least = error;
      best = scale;
    }
  }
  return best;
}

/** Ends early where it is `enough`: most candidates are far from the best. */
function squaredError(weights: Float32Array, scale: number, steps: number, enough: number): number {
  let sum = 0;
  for (let i = 0; i < weights.length && sum < enough; i++) {
    const weight = weights[i]!;
    const error = weight - clamp(Math.round(weight / scale), steps) * scale;
    sum += error * error;
  }
  return sum;
}

function roundTo(weights: Float32Array, scale: number, steps: number, out: Int8Array): void {
  for (const [i, weight] of weights.entries()) out[i] = clamp(Math.round(weight / scale), steps);
}

function clamp(value: number, steps: number): number {
  return Math.max(-steps, Math.min(steps, value));
}
