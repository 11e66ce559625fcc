import { elementCount } from '../checkpoint/tensor.ts';
import { type Layer, weightShape } from '../network/architecture.ts';
import type { Affine } from '../network/fold.ts';
import type { Network } from '../network/network.ts';
import { randomValues } from './synthetic.ts';

export const TINY_SIDE = 16;
export const TINY_CLASSES = 10;

/**
 * Two basic blocks of 8 and 16 channels between a 3x3 stem and a dense layer: every kind of step
 * of a ResNet, in a millionth of the time. Random weights; no statistics.
 */
export function tinyNetwork(seed: number): Network {
  const layers: Layer[] = [
    conv('stem', 'input', 3, 8, { relu: true }),
    conv('layer1.0.conv1', 'stem', 8, 8, { relu: true }),
    conv('layer1.0.conv2', 'layer1.0.conv1', 8, 8),
    { op: 'add', name: 'layer1.0', inputs: ['layer1.0.conv2', 'stem'] },
    conv('layer2.0.conv1', 'layer1.0', 8, 16, { stride: 2, relu: true }),
    conv('layer2.0.conv2', 'layer2.0.conv1', 16, 16),
    conv('layer2.0.downsample', 'layer1.0', 8, 16, { kernel: 1, stride: 2 }),
    { op: 'add', name: 'layer2.0', inputs: ['layer2.0.conv2', 'layer2.0.downsample'] },
    {
      op: 'head',
      name: 'head',
      input: 'layer2.0',
      inChannels: 16,
      outChannels: TINY_CLASSES,
    },
  ];
  const weights = new Map<string, Affine>();
  for (const [i, layer] of layers.entries()) {
    if (layer.op !== 'conv' && layer.op !== 'head') continue;
    const shape = weightShape(layer);
    const gain = Math.sqrt(6 / elementCount(shape.slice(1)));
    weights.set(layer.name, {
      weight: randomValues(seed + 2 * i, elementCount(shape)).map((x) => x * gain),
      bias: randomValues(seed + 2 * i + 1, layer.outChannels).map((x) => x * 0.2),
    });
  }
  const architecture = { depth: 18, variant: 'cifar', style: 'pytorch', classes: 10 } as const;
  return { architecture, library: 'mmpretrain', layers, weights, statistics: new Map() };
}

interface Geometry {
  readonly kernel?: 1 | 3;
  readonly stride?: number;
  readonly relu?: boolean;
}

function conv(
  name: string,
  input: string,
  inChannels: number,
  outChannels: number,
  { kernel = 3, stride = 1, relu = false }: Geometry = {},
): Layer {
  const padding = (kernel - 1) / 2;
  return { op: 'conv', name, input, inChannels, outChannels, kernel, stride, padding, relu };
}
