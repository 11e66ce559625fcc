import { elementCount } from '../checkpoint/tensor.ts';
import { type HeadLayer, type Layer, parameterCount, weightShape } from './architecture.ts';

export interface NetworkCost {
  /** Trainable parameters, the head's included. */
  readonly parameters: number;
  /** Multiply-accumulates of convolutions and the head. */
  readonly macs: number;
  /**
   * mmpretrain's page: mmcv.cnn.get_model_complexity_info on the network without its head, which
   * counts products, 2 for each element into a batch norm, 1 for each out of a ReLU, and 1 for
   * each into a pool of any kind; additions of shortcuts count nothing.
   */
  readonly pageFlops: number;
}

interface FeatureMap {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

/** What a network costs for one picture of that size. */
export function networkCost(layers: readonly Layer[], height: number, width: number): NetworkCost {
  const maps = new Map<string, FeatureMap>([['input', { channels: 3, height, width }]]);
  let macs = 0;
  let pageFlops = 0;
  for (const layer of layers) {
    const input = maps.get(layer.op === 'add' ? layer.inputs[0] : layer.input)!;
    const output = outputMap(layer, input);
    maps.set(layer.name, output);
    const products = productsOf(layer, output);
    macs += products;
    pageFlops += layer.op === 'head' ? elements(input) : products + extras(layer, input, output);
  }
  return { parameters: parameterCount(layers), macs, pageFlops };
}

function elements({ channels, height, width }: FeatureMap): number {
  return channels * height * width;
}

function outputMap(layer: Layer, input: FeatureMap): FeatureMap {
  if (layer.op === 'add') return input;
  if (layer.op === 'head') return { channels: layer.outChannels, height: 1, width: 1 };
  const { kernel, stride, padding } = layer;
  const along = (size: number) => Math.floor((size + 2 * padding - kernel) / stride) + 1;
  const channels = layer.op === 'conv' ? layer.outChannels : input.channels;
  return { channels, height: along(input.height), width: along(input.width) };
}

function productsOf(layer: Layer, output: FeatureMap): number {
  if (layer.op !== 'conv' && layer.op !== 'head') return 0;
  return elementCount(weightShape(layer)) * output.height * output.width;
}

function extras(layer: Exclude<Layer, HeadLayer>, input: FeatureMap, output: FeatureMap): number {
  switch (layer.op) {
    case 'conv':
      return elements(output) * (layer.relu ? 3 : 2);
    case 'add':
      return elements(output);
    case 'max_pool':
    case 'average_pool':
      return elements(input);
  }
}
