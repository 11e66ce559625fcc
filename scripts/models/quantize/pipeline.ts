import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { observeActivations } from '../calibrate/observe.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { quantizationPoints } from './points.ts';
import { type QuantizeOptions, quantizeGraph } from './quantize.ts';

export const DEFAULT_OPTIONS: QuantizeOptions = { method: 'percentile', biasCorrection: true };

/** Runs the float graph over the pictures, then writes it anew in integers. */
export async function calibrateAndQuantize(
  model: OnnxModel,
  pictures: PictureSet,
  options: QuantizeOptions,
  onPicture?: (done: number) => void,
): Promise<OnnxModel> {
  const points = quantizationPoints(model);
  const names = [...points.own, ...points.kept.keys()];
  const observations = await observeActivations(model, names, pictures, onPicture);
  return quantizeGraph(model, observations, options);
}
