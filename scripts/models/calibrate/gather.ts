import type { Tensor } from 'onnxruntime-node';
import { emptyHistogram, type Histogram, observeValues } from './histogram.ts';

/** What was seen of one activation so far: sums, so that it can be put away and gone on with. */
export interface Gatherer {
  readonly histogram: Histogram;
  /** Sum of each channel over pictures and positions. */
  sums: Float64Array;
  positions: number;
  height: number;
  width: number;
}

export function newGatherer(): Gatherer {
  const histogram = emptyHistogram();
  return { histogram, sums: new Float64Array(0), positions: 0, height: 1, width: 1 };
}

/** tensor: [1, channels] or [1, channels, height, width]. */
export function gather(gatherer: Gatherer, tensor: Tensor): void {
  const values = tensor.data;
  if (!(values instanceof Float32Array)) throw new TypeError(`observe: ${tensor.type} values`);
  observeValues(gatherer.histogram, values);
  const [, channels = 1, height = 1, width = 1] = tensor.dims;
  const plane = height * width;
  if (gatherer.sums.length === 0) gatherer.sums = new Float64Array(channels);
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let i = c * plane; i < (c + 1) * plane; i++) sum += values[i]!;
    gatherer.sums[c]! += sum;
  }
  gatherer.positions += plane;
  gatherer.height = height;
  gatherer.width = width;
}
