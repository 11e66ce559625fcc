import type { Preprocess } from '../../../src/image/preprocess.ts';
import type { Range } from './span.ts';

/** What black and white become, for each channel: no pixel is outside. */
export interface InputBounds {
  readonly low: readonly number[];
  readonly high: readonly number[];
}

export function inputBounds({ mean, std }: Preprocess): InputBounds {
  const normalised = (pixel: number) => mean.map((value, c) => (pixel - value) / std[c]!);
  return { low: normalised(0), high: normalised(255) };
}

/** Of all channels together, with zero in it. */
export function wholeRange({ low, high }: InputBounds): Range {
  return { low: Math.min(0, ...low), high: Math.max(0, ...high) };
}
