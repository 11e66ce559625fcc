import type { OnnxModel, OnnxNode, OnnxTensor } from '../../../src/onnx/graph.ts';
import {
  type ConvLayer,
  type Layer,
  type PoolLayer,
  weightShape,
} from '../network/architecture.ts';
import { type FeatureMaps, featureMaps } from '../network/feature-maps.ts';
import type { Affine } from '../network/fold.ts';
import type { Network } from '../network/network.ts';
import { node, tensor } from './tensors.ts';

/** Opset 17 has everything that these networks need, and all runtimes of today read it. */
export const OPSET = 17;
/** The IR version that came with opset 17. */
export const IR_VERSION = 8;
export const PRODUCER = 'razorbill';

/**
 * The network as a float32 ONNX graph: `input` [N, 3, height, width] to `logits` [N, classes].
 * The batch is symbolic; height and width are fixed. Value names are the layers'; a convolution's
 * or addition's value before its ReLU ends in `.sum`.
 */
export function toFloatGraph(network: Network, height: number, width: number): OnnxModel {
  const maps = featureMaps(network.layers, height, width);
  const nodes: OnnxNode[] = [];
  const initializers: OnnxTensor[] = [];
  for (const layer of network.layers) {
    nodes.push(...nodesOf(layer, maps));
    const affine = network.weights.get(layer.name);
    if (affine !== undefined) initializers.push(...initializersOf(layer, affine));
  }
  const { depth, variant, style, classes } = network.architecture;
  return {
    irVersion: IR_VERSION,
    opset: OPSET,
    producer: PRODUCER,
    metadata: { architecture: `resnet${depth} ${variant} ${style}` },
    graph: {
      name: `resnet${depth}`,
      nodes,
      initializers,
      inputs: [{ name: 'input', type: 'float32', dims: ['N', 3, height, width] }],
      outputs: [{ name: 'logits', type: 'float32', dims: ['N', classes] }],
    },
  };
}

function nodesOf(layer: Layer, maps: FeatureMaps): readonly OnnxNode[] {
  switch (layer.op) {
    case 'conv':
      return convNodes(layer);
    case 'max_pool':
      return [node('MaxPool', [layer.input], layer.name, windowOf(layer))];
    case 'average_pool':
      return [averagePoolNode(layer, maps)];
    case 'add':
      return [
        node('Add', layer.inputs, `${layer.name}.sum`),
        node('Relu', [`${layer.name}.sum`], layer.name),
      ];
    case 'head':
      return [
        node('GlobalAveragePool', [layer.input], 'pool'),
        node('Flatten', ['pool'], 'features', { axis: 1 }),
        node('Gemm', ['features', 'head.weight', 'head.bias'], 'logits', { transB: 1 }),
      ];
  }
}

function convNodes(layer: ConvLayer): readonly OnnxNode[] {
  const sum = layer.relu ? `${layer.name}.sum` : layer.name;
  const inputs = [layer.input, `${layer.name}.weight`, `${layer.name}.bias`];
  const conv = node('Conv', inputs, sum, windowOf(layer));
  return layer.relu ? [conv, node('Relu', [sum], layer.name)] : [conv];
}

/**
 * The libraries' pool counts its last window even where half of it lies outside, and divides by
 * what lies inside (ceil_mode, not count_include_pad): one row of padding behind says the same.
 */
function averagePoolNode(layer: PoolLayer, maps: FeatureMaps): OnnxNode {
  const { height, width } = maps.get(layer.input)!;
  const { kernel, stride } = layer;
  return node('AveragePool', [layer.input], layer.name, {
    kernel_shape: [kernel, kernel],
    pads: [0, 0, height % stride, width % stride],
    strides: [stride, stride],
  });
}

function windowOf({ kernel, stride, padding }: ConvLayer | PoolLayer): Record<string, number[]> {
  return {
    kernel_shape: [kernel, kernel],
    pads: [padding, padding, padding, padding],
    strides: [stride, stride],
  };
}

function initializersOf(layer: Layer, { weight, bias }: Affine): readonly OnnxTensor[] {
  if (layer.op !== 'conv' && layer.op !== 'head') return [];
  return [
    tensor(`${layer.name}.weight`, weightShape(layer), weight),
    tensor(`${layer.name}.bias`, [layer.outChannels], bias),
  ];
}
