import { elementCount } from '../checkpoint/tensor.ts';
import { type HeadLayer, type Layer, parameterCount, weightShape } from './architecture.ts';
import { type FeatureMap, featureMaps } from './feature-maps.ts';

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

/** What a network costs for one picture of that size. */
export function networkCost(layers: readonly Layer[], height: number, width: number): NetworkCost {
  const maps = featureMaps(layers, height, width);
  let macs = 0;
  let pageFlops = 0;
  for (const layer of layers) {
    const input = maps.get(layer.op === 'add' ? layer.inputs[0] : layer.input)!;
    const output = maps.get(layer.name)!;
    const products = productsOf(layer, output);
    macs += products;
    pageFlops += layer.op === 'head' ? elements(input) : products + extras(layer, input, output);
  }
  return { parameters: parameterCount(layers), macs, pageFlops };
}

function elements({ channels, height, width }: FeatureMap): number {
  return channels * height * width;
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
