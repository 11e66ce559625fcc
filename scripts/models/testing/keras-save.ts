import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { STAGE_BLOCKS } from '../network/architecture.ts';
import { randomValues } from './synthetic.ts';

/** A ResNet-50 as keras.applications builds it, but narrow: for tests of the reader. */
export interface SavedKeras {
  /** model.json, free for a test to spoil. */
  readonly json: KerasJson;
  readonly values: ReadonlyMap<string, Float32Array>;
}

export interface KerasJson {
  format: string;
  modelTopology: { model_config: { config: { layers: SavedLayer[] } } };
  weightsManifest: { paths: string[]; weights: SavedWeight[] }[];
}

export interface SavedLayer {
  class_name: string;
  name: string;
  config: Record<string, unknown>;
  inbound_nodes: unknown[];
}

export interface SavedWeight {
  name: string;
  shape: number[];
  dtype: string;
  quantization?: object;
}

/** How Keras called its layers, before and since keras-applications 1.0.8. */
export type Naming = 'old' | 'recent';

export const EPSILON: Readonly<Record<Naming, number>> = { old: 1e-3, recent: 1.001e-5 };

const NAMES: Readonly<Record<Naming, (unit: string) => readonly [conv: string, norm: string]>> = {
  old(unit) {
    if (unit === 'stem') return ['conv1', 'bn_conv1'];
    const [stage, block, part] = unit.split('.') as [string, string, string];
    const letter = String.fromCharCode('a'.charCodeAt(0) + Number(block));
    const branch = part === 'downsample' ? '1' : `2${'abc'[Number(part.slice(4)) - 1]}`;
    const place = `${Number(stage.slice(5)) + 1}${letter}_branch${branch}`;
    return [`res${place}`, `bn${place}`];
  },
  recent(unit) {
    if (unit === 'stem') return ['conv1_conv', 'conv1_bn'];
    const [stage, block, part] = unit.split('.') as [string, string, string];
    const index = part === 'downsample' ? 0 : Number(part.slice(4));
    const place = `conv${Number(stage.slice(5)) + 1}_block${Number(block) + 1}_${index}`;
    return [`${place}_conv`, `${place}_bn`];
  },
};

/** Every convolution has 4 filters (the last of a block 8), the head 3 classes. */
export function savedKeras(naming: Naming, seed: number): SavedKeras {
  const layers: SavedLayer[] = [];
  const values = new Map<string, Float32Array>();
  const weights: SavedWeight[] = [];
  const put = (name: string, shape: number[], make: (x: number) => number) => {
    const count = shape.reduce((product, size) => product * size, 1);
    values.set(name, randomValues(seed + weights.length, count).map(make));
    weights.push({ name, shape, dtype: 'float32' });
  };
  const layer = (class_name: string, name: string, inputs: string[], config: object = {}) => {
    const inbound_nodes = inputs.length === 0 ? [] : [inputs.map((from) => [from, 0, 0, {}])];
    layers.push({ class_name, name, config: { name, ...config }, inbound_nodes });
    return name;
  };
  /** A convolution and its batch norm, whose name is returned. */
  const conv = (unit: string, input: string, kernel: number, channels: number[], stride = 1) => {
    const [name, norm] = NAMES[naming](unit);
    const padding = kernel === 3 ? 'same' : 'valid';
    const geometry = { kernel_size: [kernel, kernel], strides: [stride, stride], padding };
    const rest = { filters: channels[1], use_bias: true, activation: 'linear' };
    layer('Conv2D', name, [input], { ...geometry, ...rest, dilation_rate: [1, 1] });
    put(`${name}/kernel`, [kernel, kernel, ...channels], (x) => x);
    put(`${name}/bias`, channels.slice(1), (x) => x);
    const center = { axis: [3], epsilon: EPSILON[naming], center: true, scale: true };
    layer('BatchNormalization', norm, [name], center);
    put(`${norm}/gamma`, channels.slice(1), (x) => 1 + x / 2);
    put(`${norm}/beta`, channels.slice(1), (x) => x);
    put(`${norm}/moving_mean`, channels.slice(1), (x) => x);
    put(`${norm}/moving_variance`, channels.slice(1), (x) => 1 + x / 2);
    return norm;
  };
  const relu = (name: string, from: string) => {
    return layer('Activation', `${name}_relu`, [from], { activation: 'relu' });
  };
  const pad = (name: string, from: string, by: number) => {
    return layer('ZeroPadding2D', name, [from], {
      padding: [
        [by, by],
        [by, by],
      ],
    });
  };
  const pooling = { pool_size: [3, 3], strides: [2, 2], padding: 'valid' };
  const picture = layer('InputLayer', 'input_1', [], { batch_input_shape: [null, 224, 224, 3] });
  const stem = relu('stem', conv('stem', pad('conv1_pad', picture, 3), 7, [3, 4], 2));
  let value = layer('MaxPooling2D', 'pool1', [pad('pool1_pad', stem, 1)], pooling);
  for (const [stage, blocks] of STAGE_BLOCKS[50].entries()) {
    for (let block = 0; block < blocks; block++) {
      const name = `layer${stage + 1}.${block}`;
      const channels = stage === 0 && block === 0 ? 4 : 8;
      const stride = stage > 0 && block === 0 ? 2 : 1;
      const one = relu(`${name}.1`, conv(`${name}.conv1`, value, 1, [channels, 4], stride));
      const two = relu(`${name}.2`, conv(`${name}.conv2`, one, 3, [4, 4]));
      const branch = conv(`${name}.conv3`, two, 1, [4, 8]);
      const shortcut =
        block > 0 ? value : conv(`${name}.downsample`, value, 1, [channels, 8], stride);
      value = relu(name, layer('Add', `${name}.add`, [branch, shortcut]));
    }
  }
  const mean = layer('GlobalAveragePooling2D', 'avg_pool', [value]);
  layer('Dense', 'fc1000', [mean], { units: 3, activation: 'softmax', use_bias: true });
  put('fc1000/kernel', [8, 3], (x) => x);
  put('fc1000/bias', [3], (x) => x);
  const json = {
    format: 'layers-model',
    modelTopology: { model_config: { config: { layers } } },
    weightsManifest: [{ paths: ['shard1of2.bin', 'shard2of2.bin'], weights }],
  };
  return { json, values };
}

/** Writes model.json and two shards that are cut inside a weight. */
export function writeKeras(folder: string, { json, values }: SavedKeras): void {
  mkdirSync(folder, { recursive: true });
  const parts = [...values.values()].map((part) => new Uint8Array(part.slice().buffer));
  const bytes = Buffer.concat(parts);
  const cut = Math.floor(bytes.length / 8) * 4 + 2;
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  writeFileSync(join(folder, 'shard1of2.bin'), bytes.subarray(0, cut));
  writeFileSync(join(folder, 'shard2of2.bin'), bytes.subarray(cut));
}
