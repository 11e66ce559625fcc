import type { Preprocess } from './preprocess.ts';

/**
 * RGB bytes [height, width, 3] to the model's input [1, 3, height, width]: (x - mean) / std, each
 * step rounded to float32 as numpy and PyTorch do, channels in the card's order.
 */
export function normalise(rgb: Uint8Array, preprocess: Preprocess): Float32Array {
  const { crop } = preprocess;
  const plane = crop.height * crop.width;
  if (rgb.length !== plane * 3) {
    throw new RangeError(`normalise: ${rgb.length} bytes, the crop has ${plane * 3}`);
  }
  const input = new Float32Array(plane * 3);
  normalised(preprocess).forEach(({ byte, floats }, channel) => {
    const at = channel * plane;
    for (let i = 0; i < plane; i++) input[at + i] = floats[rgb[i * 3 + byte]!]!;
  });
  return input;
}

/** By channel of the model: which of R, G and B it is, and what each value of it becomes. */
export function normalised({ mean, std, channels }: Preprocess): readonly NormalisedChannel[] {
  return [0, 1, 2].map((channel) => ({
    byte: channels === 'rgb' ? channel : 2 - channel,
    floats: normaliseTable(mean[channel]!, std[channel]!),
  }));
}

export interface NormalisedChannel {
  readonly byte: number;
  readonly floats: Float32Array;
}

function normaliseTable(mean: number, std: number): Float32Array {
  const [m, s] = [Math.fround(mean), Math.fround(std)];
  return Float32Array.from({ length: 256 }, (_, value) => Math.fround(value - m) / s);
}
