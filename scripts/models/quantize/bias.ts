/** At what share of a convolution's output positions each kernel tap lies on the picture. */
export interface TapShares {
  readonly rows: readonly number[];
  readonly columns: readonly number[];
}

/** A linear layer sees its one position always. */
export const ONE_TAP: TapShares = { rows: [1], columns: [1] };

/** Share of the output positions along one axis at which each tap lies inside, not on padding. */
export function tapShares(size: number, kernel: number, stride: number, padding: number): number[] {
  const outputs = Math.floor((size + 2 * padding - kernel) / stride) + 1;
  return Array.from({ length: kernel }, (_, tap) => {
    let inside = 0;
    for (let i = 0; i < outputs; i++) {
      const at = i * stride + tap - padding;
      if (at >= 0 && at < size) inside++;
    }
    return inside / outputs;
  });
}

/**
 * What weight rounding adds to each output channel on average, over the calibration pictures:
 * sum over inputs of (quantized weight - weight) * mean(input). Subtracting it from the bias keeps
 * the mean of every channel where it was (Nagel et al. 2019, "Data-free quantization", 4.2).
 *
 * weight, values: [out, in, taps]; inputMeans: [in].
 */
export function roundingShift(
  weight: Float32Array,
  quantized: { readonly values: Int8Array; readonly scales: Float32Array },
  inputMeans: Float64Array,
  { rows, columns }: TapShares,
): Float64Array {
  const channels = quantized.scales.length;
  const taps = rows.length * columns.length;
  const inputs = weight.length / channels / taps;
  if (inputs !== inputMeans.length) throw new RangeError('bias: means do not fit the weights');
  const shift = new Float64Array(channels);
  for (let o = 0; o < channels; o++) {
    const scale = quantized.scales[o]!;
    let sum = 0;
    for (let i = 0; i < inputs; i++) {
      for (let t = 0; t < taps; t++) {
        const at = (o * inputs + i) * taps + t;
        const share = rows[Math.floor(t / columns.length)]! * columns[t % columns.length]!;
        sum += (quantized.values[at]! * scale - weight[at]!) * inputMeans[i]! * share;
      }
    }
    shift[o] = sum;
  }
  return shift;
}

/** Bias in steps of inputScale * weightScale, a product rounded to float32 as in the graph. */
export function quantizeBias(
  bias: ArrayLike<number>,
  inputScale: number,
  weightScales: Float32Array,
): { readonly values: Int32Array; readonly scales: Float32Array } {
  const scales = weightScales.map((scale) => Math.fround(inputScale * scale));
  const values = Int32Array.from(scales, (scale, c) => Math.round(bias[c]! / scale));
  return { values, scales };
}
