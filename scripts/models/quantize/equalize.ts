import type { OnnxModel, OnnxNode, OnnxTensor } from '../../../src/onnx/graph.ts';
import { floatsOf, tensor } from '../graph/tensors.ts';
import type { ChannelStatistics } from '../network/statistics.ts';

export type Statistics = ReadonlyMap<string, ChannelStatistics>;

export interface Equalized {
  readonly model: OnnxModel;
  readonly statistics: Statistics;
}

/** A channel that hardly moves would ask for an endless factor. */
const FACTOR_MAX = 2 ** 6;

/**
 * Cross-layer equalization: the same function, with the channels between two convolutions scaled
 * so that all use the eight bits of their tensor alike. ReLU lets a positive factor through, so
 * channel c of the first is divided by s[c] and the second's weights for it are multiplied:
 *
 *     s[c] = sqrt(reach of the activation / reach of the second's weights)
 *
 * The first one's weights have a scale for each channel, so they do not enter. (Nagel et al. 2019,
 * "Data-free quantization", 4.1; Xiao et al. 2023, "SmoothQuant", formula 4, for the activations.)
 * Pairs are those where the second alone reads the first, and batch norm's statistics are known.
 */
export function equalizeLayers(model: OnnxModel, statistics: Statistics): Equalized {
  const initializers = new Map(model.graph.initializers.map((one) => [one.name, one]));
  const scaled = new Map(statistics);
  for (const [first, second] of pairsOf(model)) {
    const layer = first.inputs[1]!.replace(/\.weight$/, '');
    const known = statistics.get(layer);
    if (known === undefined) continue;
    const factors = factorsOf(known, initializers.get(second.inputs[1]!)!);
    scaleOutputs(initializers, first, factors);
    scaleInputs(initializers, second, factors);
    scaled.set(layer, {
      mean: known.mean.map((value, c) => value / factors[c]!),
      deviation: known.deviation.map((value, c) => value / factors[c]!),
    });
  }
  const graph = { ...model.graph, initializers: [...initializers.values()] };
  return { model: { ...model, graph }, statistics: scaled };
}

/** Convolution, ReLU, convolution, and nobody else reads what is between. */
function pairsOf({ graph }: OnnxModel): [OnnxNode, OnnxNode][] {
  const readers = Map.groupBy(
    graph.nodes.flatMap((node) => node.inputs.map((name) => ({ name, node }))),
    ({ name }) => name,
  );
  const soleReader = (name: string) => {
    const found = readers.get(name) ?? [];
    return found.length === 1 ? found[0]!.node : undefined;
  };
  return graph.nodes.flatMap((first): [OnnxNode, OnnxNode][] => {
    const relu = first.op === 'Conv' ? soleReader(first.outputs[0]!) : undefined;
    const second = relu?.op === 'Relu' ? soleReader(relu.outputs[0]!) : undefined;
    return second?.op === 'Conv' ? [[first, second]] : [];
  });
}

function factorsOf({ mean, deviation }: ChannelStatistics, weight: OnnxTensor): Float64Array {
  const reach = Array.from(mean, (value, c) => Math.max(0, value + 3 * deviation[c]!));
  const columns = columnReach(weight);
  const raw = reach.map((value, c) => {
    const own = columns[c]!;
    return value > 0 && own > 0 ? Math.sqrt(value / own) : 1;
  });
  const mid = Math.exp(raw.reduce((sum, value) => sum + Math.log(value), 0) / raw.length);
  return Float64Array.from(raw, (value) => {
    return Math.min(FACTOR_MAX, Math.max(1 / FACTOR_MAX, value / mid));
  });
}

/** Largest weight of each input channel. weight: [out, in, taps...]. */
function columnReach(weight: OnnxTensor): Float64Array {
  const [, inputs = 1, ...window] = weight.dims;
  const taps = window.reduce((product, size) => product * size, 1);
  const reach = new Float64Array(inputs);
  for (const [i, value] of floatsOf(weight).entries()) {
    const c = Math.floor(i / taps) % inputs;
    reach[c] = Math.max(reach[c]!, Math.abs(value));
  }
  return reach;
}

function scaleOutputs(
  initializers: Map<string, OnnxTensor>,
  { inputs }: OnnxNode,
  factors: Float64Array,
): void {
  for (const name of [inputs[1]!, inputs[2]!]) {
    const old = initializers.get(name)!;
    const values = floatsOf(old);
    const size = values.length / factors.length;
    const scaled = values.map((value, i) => value / factors[Math.floor(i / size)]!);
    initializers.set(name, tensor(name, old.dims, scaled));
  }
}

function scaleInputs(
  initializers: Map<string, OnnxTensor>,
  { inputs }: OnnxNode,
  factors: Float64Array,
): void {
  const old = initializers.get(inputs[1]!)!;
  const [, , ...window] = old.dims;
  const taps = window.reduce((product, size) => product * size, 1);
  const scaled = floatsOf(old).map((value, i) => {
    return value * factors[Math.floor(i / taps) % factors.length]!;
  });
  initializers.set(inputs[1]!, tensor(inputs[1]!, old.dims, scaled));
}
