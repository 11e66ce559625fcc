import type { Preprocess } from './preprocess.ts';

/**
 * RGB bytes [height, width, 3] to the model's input [1, 3, height, width]: (x - mean) / std, each
 * step rounded to float32 as numpy and PyTorch do, channels in the card's order.
 */
export function normalise(rgb: Uint8Array, preprocess: Preprocess): Float32Array {
  const { crop, mean, std, channels } = preprocess;
  const plane = crop.height * crop.width;
  if (rgb.length !== plane * 3) {
    throw new RangeError(`normalise: ${rgb.length} bytes, the crop has ${plane * 3}`);
  }
  const input = new Float32Array(plane * 3);
  for (let channel = 0; channel < 3; channel++) {
    const table = normaliseTable(mean[channel]!, std[channel]!);
    const from = channels === 'rgb' ? channel : 2 - channel;
    const at = channel * plane;
    for (let i = 0; i < plane; i++) input[at + i] = table[rgb[i * 3 + from]!]!;
  }
  return input;
}

function normaliseTable(mean: number, std: number): Float32Array {
  const [m, s] = [Math.fround(mean), Math.fround(std)];
  return Float32Array.from({ length: 256 }, (_, value) => Math.fround(value - m) / s);
}
