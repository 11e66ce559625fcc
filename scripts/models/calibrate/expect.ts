import type { OnnxModel, OnnxNode } from '../../../src/onnx/graph.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { inferShapes, type Shape } from '../graph/shapes.ts';
import type { ChannelStatistics } from '../network/statistics.ts';
import { emptyHistogram, observeValues } from './histogram.ts';
import type { InputBounds } from './input-bounds.ts';
import { mixtureHistogram } from './mixture.ts';
import { type Normals, rectifiedMoments } from './normals.ts';
import type { Observations, Observed } from './observe.ts';

/** Batch norm's statistics by the name of a convolution's layer, and the input's bounds. */
export interface Expected {
  readonly statistics: ReadonlyMap<string, ChannelStatistics>;
  readonly input: InputBounds;
}

export type ExpectFailure = {
  /** The file came with its batch norms folded away: only pictures can calibrate it. */
  readonly code: 'no_statistics';
  readonly layer: string;
  readonly give: '--calibrate <folder>';
};

/**
 * What calibration would see, without a picture: each channel behind a batch norm is taken for a
 * normal distribution, cut off at zero by a ReLU; sums add means and variances, as if their terms
 * were independent; pools are taken to change nothing.
 */
export function expectActivations(
  model: OnnxModel,
  names: readonly string[],
  { statistics, input }: Expected,
): Result<Observations, ExpectFailure> {
  const shapes = inferShapes(model);
  const picture = model.graph.inputs[0]!.name;
  const values = new Map<string, Normals>();
  for (const node of model.graph.nodes) {
    if (node.op === 'Gemm') continue;
    const known = node.op === 'Conv' ? statistics.get(layerOf(node)) : undefined;
    if (node.op === 'Conv' && known === undefined) {
      return fail({ code: 'no_statistics', layer: layerOf(node), give: '--calibrate <folder>' });
    }
    values.set(node.outputs[0]!, known ? { ...known, rectified: false } : through(node, values));
  }
  const observed = names.map((name): [string, Observed] => {
    const shape = shapes.get(name)!;
    return [
      name,
      name === picture ? expectPicture(input, shape) : expectValue(values.get(name)!, shape),
    ];
  });
  return ok(new Map(observed));
}

/** Pixels of any value; normalising has put the mean of the training pictures at zero. */
function expectPicture({ low, high }: InputBounds, shape: Shape): Observed {
  const histogram = emptyHistogram();
  const levels = 256;
  for (const [c, from] of low.entries()) {
    const step = (high[c]! - from) / (levels - 1);
    observeValues(
      histogram,
      Float32Array.from({ length: levels }, (_, i) => from + i * step),
    );
  }
  return { histogram, channelMeans: new Float64Array(low.length), ...sizeOf(shape) };
}

/** `layer1.0.conv1` of `layer1.0.conv1.weight`. */
function layerOf(node: OnnxNode): string {
  return node.inputs[1]!.replace(/\.weight$/, '');
}

function through(node: OnnxNode, values: ReadonlyMap<string, Normals>): Normals {
  const [a, b] = node.inputs.map((name) => values.get(name)) as [Normals, Normals | undefined];
  if (node.op === 'Relu') return { ...a, rectified: true };
  return node.op === 'Add' ? sumOf(a, b!) : a;
}

function sumOf(a: Normals, b: Normals): Normals {
  const [left, right] = [momentsOf(a), momentsOf(b)];
  return {
    mean: left.mean.map((mean, c) => mean + right.mean[c]!),
    deviation: left.deviation.map((d, c) => Math.hypot(d, right.deviation[c]!)),
    rectified: false,
  };
}

function momentsOf(value: Normals): ChannelStatistics {
  return value.rectified ? rectifiedMoments(value) : value;
}

function expectValue(value: Normals, shape: Shape): Observed {
  const channelMeans = Float64Array.from(momentsOf(value).mean);
  return { histogram: mixtureHistogram(value), channelMeans, ...sizeOf(shape) };
}

function sizeOf(shape: Shape): { readonly height: number; readonly width: number } {
  const [height = 1, width = 1] = shape.slice(2).map(Number);
  return { height, width };
}
