import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { ok, type Result } from '../../../src/result.ts';
import { type Expected, type ExpectFailure, expectActivations } from '../calibrate/expect.ts';
import { type ObserveOptions, observeActivations } from '../calibrate/observe.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { quantizationPoints } from './points.ts';
import { type QuantizeOptions, quantizeGraph } from './quantize.ts';

export const DEFAULT_OPTIONS: QuantizeOptions = {
  method: 'percentile',
  biasCorrection: true,
  weightBits: 8,
  activationBits: 8,
  keepFloat: [],
};

/** Runs the float graph over the pictures, then writes it anew in integers. */
export async function calibrateAndQuantize(
  model: OnnxModel,
  pictures: PictureSet,
  options: QuantizeOptions,
  observe: ObserveOptions = {},
): Promise<OnnxModel> {
  const names = observedNames(model);
  return quantizeGraph(model, await observeActivations(model, names, pictures, observe), options);
}

/** Without a picture: ranges and means come from the batch norms that were folded away. */
export function quantizeDataFree(
  model: OnnxModel,
  expected: Expected,
  options: QuantizeOptions,
): Result<OnnxModel, ExpectFailure> {
  const observations = expectActivations(model, observedNames(model), expected);
  return observations.ok ? ok(quantizeGraph(model, observations.value, options)) : observations;
}

/** More than some options need, so that what was observed serves all of them. */
function observedNames(model: OnnxModel): readonly string[] {
  const { own, kept } = quantizationPoints(model);
  return [...own, ...kept.keys()];
}
