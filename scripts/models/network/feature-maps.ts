import type { Layer } from './architecture.ts';

/** Size of one value of the network, for one picture. */
export interface FeatureMap {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** By the layer's name, and `input`. */
export type FeatureMaps = ReadonlyMap<string, FeatureMap>;

export function featureMaps(layers: readonly Layer[], height: number, width: number): FeatureMaps {
  const maps = new Map<string, FeatureMap>([['input', { channels: 3, height, width }]]);
  for (const layer of layers) {
    const input = maps.get(layer.op === 'add' ? layer.inputs[0] : layer.input)!;
    maps.set(layer.name, outputMap(layer, input));
  }
  return maps;
}

function outputMap(layer: Layer, input: FeatureMap): FeatureMap {
  if (layer.op === 'add') return input;
  if (layer.op === 'head') return { channels: layer.outChannels, height: 1, width: 1 };
  const { kernel, stride, padding } = layer;
  // v1d's average pool keeps a last window that is half outside; convolutions do not.
  const round = layer.op === 'average_pool' ? Math.ceil : Math.floor;
  const along = (size: number) => round((size + 2 * padding - kernel) / stride) + 1;
  const channels = layer.op === 'conv' ? layer.outChannels : input.channels;
  return { channels, height: along(input.height), width: along(input.width) };
}
