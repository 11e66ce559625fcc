import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { inferShapes } from './shapes.ts';

/** Products of one picture in a canonical float graph: one for each weight and place it is at. */
export function graphMacs(model: OnnxModel): number {
  const shapes = inferShapes(model);
  const weights = new Map(model.graph.initializers.map(({ name, dims }) => [name, dims]));
  let macs = 0;
  for (const { inputs, outputs } of model.graph.nodes) {
    const [channels, ...each] = weights.get(inputs[1] ?? '') ?? [];
    if (channels === undefined) continue;
    const places = (shapes.get(outputs[0]!) ?? []).slice(1).map(Number);
    macs += [...places, ...each].reduce((product, size) => product * size, 1);
  }
  return macs;
}
