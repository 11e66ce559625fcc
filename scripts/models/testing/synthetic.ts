import { denseStrides, elementCount } from '../checkpoint/tensor.ts';
import { type Architecture, layersOf, weightShape } from '../network/architecture.ts';
import type { SavedCheckpoint, SavedStorage, SavedTensor } from './torch-save.ts';

export type Values = ReadonlyMap<
  string,
  { readonly shape: readonly number[]; readonly values: Float32Array }
>;

/** Numbers in -1..1 from a seed, the same everywhere. (Numerical Recipes' quick generator) */
export function randomValues(seed: number, count: number): Float32Array {
  let state = seed >>> 0;
  return Float32Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  });
}

/**
 * A state dict in our own layer names: `<layer>.weight` with `<layer>.norm.{weight,bias,
 * running_mean,running_var}`, and `head.weight`, `head.bias`; values keep activations near 1.
 */
export function syntheticValues(
  architecture: Architecture,
  seed: number,
): Map<
  string,
  {
    readonly shape: readonly number[];
    readonly values: Float32Array;
  }
> {
  const values = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  let next = seed;
  const put = (key: string, shape: readonly number[], make: (x: number) => number) => {
    values.set(key, { shape, values: randomValues(next++, elementCount(shape)).map(make) });
  };
  for (const layer of layersOf(architecture)) {
    if (layer.op !== 'conv' && layer.op !== 'head') continue;
    const shape = weightShape(layer);
    const gain = Math.sqrt(6 / elementCount(shape.slice(1)));
    put(`${layer.name}.weight`, shape, (x) => x * gain);
    const channels = [layer.outChannels];
    if (layer.op === 'head') {
      put('head.bias', channels, (x) => x * 0.1);
      continue;
    }
    put(`${layer.name}.norm.weight`, channels, (x) => 0.8 + 0.4 * x);
    put(`${layer.name}.norm.bias`, channels, (x) => 0.2 * x);
    put(`${layer.name}.norm.running_mean`, channels, (x) => 0.2 * x);
    put(`${layer.name}.norm.running_var`, channels, (x) => 1 + 0.5 * x);
  }
  return values;
}

/** The key that a library uses for one of ours. */
export function libraryKey(key: string, library: 'mmpretrain' | 'torchvision'): string {
  const body = library === 'mmpretrain' ? 'backbone.' : '';
  if (key.startsWith('head.')) {
    return library === 'mmpretrain' ? `head.fc.${key.slice(5)}` : `fc.${key.slice(5)}`;
  }
  const [, layer = '', part = ''] = /^(.*?)(\.norm\.\w+|\.weight)$/.exec(key) ?? [];
  const isNorm = part.startsWith('.norm');
  const leaf = part.split('.').at(-1);
  if (layer === 'stem') return `${body}${isNorm ? 'bn1' : 'conv1'}.${leaf}`;
  if (layer.endsWith('.downsample')) return `${body}${layer}.${isNorm ? 1 : 0}.${leaf}`;
  return `${body}${isNorm ? layer.replace('.conv', '.bn') : layer}.${leaf}`;
}

/** float32 tensors, each in a storage of its own, and batch norm's counters as int64 scalars. */
export function toSaved(values: Values, rename: (key: string) => string): SavedCheckpoint {
  const tensors = new Map<string, SavedTensor>();
  const storages = new Map<string, SavedStorage>();
  for (const [key, { shape, values: data }] of values) {
    const storage = String(storages.size);
    storages.set(storage, { dtype: 'float32', bytes: new Uint8Array(data.slice().buffer) });
    const strides = denseStrides(shape);
    tensors.set(rename(key), { dtype: 'float32', shape, strides, offset: 0, storage });
    if (!key.endsWith('.running_var')) continue;
    const counter = String(storages.size);
    storages.set(counter, { dtype: 'int64', bytes: new Uint8Array(8).fill(1, 0, 1) });
    const counterKey = rename(key).replace('running_var', 'num_batches_tracked');
    const scalar = { dtype: 'int64', shape: [], strides: [], offset: 0, storage: counter } as const;
    tensors.set(counterKey, scalar);
  }
  return { tensors, storages };
}
