import { elementCount } from '../checkpoint/tensor.ts';

export type Depth = 18 | 34 | 50 | 101 | 152;

/**
 * v1b: 7x7 stem. v1c: stem of three 3x3. v1d: v1c, and shortcuts that average before they project.
 * cifar: a 3x3 stem of stride 1 without pooling.
 */
export type Variant = 'v1b' | 'v1c' | 'v1d' | 'cifar';

/** Which convolution of a bottleneck has the stride: 3x3 (pytorch) or the first 1x1 (caffe). */
export type Style = 'pytorch' | 'caffe';

export interface Architecture {
  readonly depth: Depth;
  readonly variant: Variant;
  readonly style: Style;
  readonly classes: number;
}

export const STAGE_BLOCKS: Readonly<Record<Depth, readonly [number, number, number, number]>> = {
  18: [2, 2, 2, 2],
  34: [3, 4, 6, 3],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

export const DEPTHS: readonly Depth[] = [18, 34, 50, 101, 152];

export function isBottleneck(depth: Depth): boolean {
  return depth >= 50;
}

/** What batch norm adds to the variance in every ResNet of mmpretrain, torchvision and timm. */
export const BATCH_NORM_EPSILON = 1e-5;

export interface ConvLayer {
  readonly op: 'conv';
  readonly name: string;
  readonly input: string;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
  readonly relu: boolean;
}

export interface PoolLayer {
  readonly op: 'max_pool' | 'average_pool';
  readonly name: string;
  readonly input: string;
  readonly kernel: number;
  readonly stride: number;
  readonly padding: number;
}

/** ReLU(branch + shortcut). */
export interface AddLayer {
  readonly op: 'add';
  readonly name: string;
  readonly inputs: readonly [branch: string, shortcut: string];
}

/** Global average pool, then one linear layer. */
export interface HeadLayer {
  readonly op: 'head';
  readonly name: string;
  readonly input: string;
  readonly inChannels: number;
  readonly outChannels: number;
}

export type Layer = ConvLayer | PoolLayer | AddLayer | HeadLayer;

/** The network as a list of layers in computing order; each layer's value has its name. */
export function layersOf(architecture: Architecture): readonly Layer[] {
  const layers: Layer[] = [];
  let { input, channels } = pushStem(layers, architecture.variant);
  for (const [stage, blocks] of STAGE_BLOCKS[architecture.depth].entries()) {
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const name = `layer${stage + 1}.${block}`;
      const facts = { name, input, inChannels: channels, width: 64 << stage, stride };
      ({ input, channels } = pushBlock(layers, architecture, facts));
    }
  }
  const outChannels = architecture.classes;
  layers.push({ op: 'head', name: 'head', input, inChannels: channels, outChannels });
  return layers;
}

interface Value {
  readonly input: string;
  readonly channels: number;
}

function conv(
  name: string,
  input: string,
  channels: readonly [inChannels: number, outChannels: number],
  geometry: readonly [kernel: number, stride: number],
  relu: boolean,
): ConvLayer {
  const [inChannels, outChannels] = channels;
  const [kernel, stride] = geometry;
  const padding = (kernel - 1) / 2;
  return { op: 'conv', name, input, inChannels, outChannels, kernel, stride, padding, relu };
}

function pushStem(layers: Layer[], variant: Variant): Value {
  if (variant === 'cifar') {
    layers.push(conv('stem', 'input', [3, 64], [3, 1], true));
    return { input: 'stem', channels: 64 };
  }
  let input = 'stem';
  if (variant === 'v1b') {
    layers.push(conv('stem', 'input', [3, 64], [7, 2], true));
  } else {
    layers.push(conv('stem.0', 'input', [3, 32], [3, 2], true));
    layers.push(conv('stem.1', 'stem.0', [32, 32], [3, 1], true));
    layers.push(conv('stem.2', 'stem.1', [32, 64], [3, 1], true));
    input = 'stem.2';
  }
  layers.push({ op: 'max_pool', name: 'stem.pool', input, kernel: 3, stride: 2, padding: 1 });
  return { input: 'stem.pool', channels: 64 };
}

interface BlockFacts {
  readonly name: string;
  readonly input: string;
  readonly inChannels: number;
  readonly width: number;
  readonly stride: number;
}

function pushBlock(layers: Layer[], architecture: Architecture, facts: BlockFacts): Value {
  const { name, input, inChannels, width, stride } = facts;
  const [conv1, conv2, conv3] = [`${name}.conv1`, `${name}.conv2`, `${name}.conv3`];
  const outChannels = isBottleneck(architecture.depth) ? width * 4 : width;
  let branch = conv2;
  if (isBottleneck(architecture.depth)) {
    const [first, second] = architecture.style === 'caffe' ? [stride, 1] : [1, stride];
    layers.push(conv(conv1, input, [inChannels, width], [1, first], true));
    layers.push(conv(conv2, conv1, [width, width], [3, second], true));
    layers.push(conv(conv3, conv2, [width, outChannels], [1, 1], false));
    branch = conv3;
  } else {
    layers.push(conv(conv1, input, [inChannels, width], [3, stride], true));
    layers.push(conv(conv2, conv1, [width, width], [3, 1], false));
  }
  const projects = stride !== 1 || inChannels !== outChannels;
  const shortcut = projects
    ? pushShortcut(layers, architecture.variant, facts, outChannels)
    : input;
  layers.push({ op: 'add', name, inputs: [branch, shortcut] });
  return { input: name, channels: outChannels };
}

function pushShortcut(
  layers: Layer[],
  variant: Variant,
  facts: BlockFacts,
  outChannels: number,
): string {
  const { inChannels, stride } = facts;
  const name = `${facts.name}.downsample`;
  if (variant !== 'v1d' || stride === 1) {
    layers.push(conv(name, facts.input, [inChannels, outChannels], [1, stride], false));
    return name;
  }
  const pool = `${name}.pool`;
  layers.push({
    op: 'average_pool',
    name: pool,
    input: facts.input,
    kernel: stride,
    stride,
    padding: 0,
  });
  layers.push(conv(name, pool, [inChannels, outChannels], [1, 1], false));
  return name;
}

/** Shape of a layer's weight: [out, in, kernel, kernel], or [out, in] for the head. */
export function weightShape(layer: ConvLayer | HeadLayer): readonly number[] {
  const { outChannels, inChannels } = layer;
  if (layer.op === 'head') return [outChannels, inChannels];
  return [outChannels, inChannels, layer.kernel, layer.kernel];
}

/** Trainable parameters: weights, the head's bias, batch norm's scale and shift. */
export function parameterCount(layers: readonly Layer[]): number {
  let count = 0;
  for (const layer of layers) {
    if (layer.op === 'conv') count += elementCount(weightShape(layer)) + 2 * layer.outChannels;
    if (layer.op === 'head') count += elementCount(weightShape(layer)) + layer.outChannels;
  }
  return count;
}
