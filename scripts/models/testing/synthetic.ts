import { denseStrides, elementCount } from '../checkpoint/tensor.ts';
import { type Architecture, layersOf, type Variant, weightShape } from '../network/architecture.ts';
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
 * Numbers in -1..1 of which each is a hash of its index alone, so that numpy makes the same ones
 * without a loop. (MurmurHash3's finalizer)
 */
export function hashedValues(seed: number, count: number): Float32Array {
  const values = new Float32Array(count);
  for (let i = 0; i < count; i++) {
    let h = (Math.imul(i, 0x9e3779b1) + seed) | 0;
    h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
    h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
    values[i] = ((h ^ (h >>> 16)) >>> 0) / 2 ** 31 - 1;
  }
  return values;
}

/** Each tensor's own seed, from its key in mmpretrain's naming. (FNV-1a) */
export function seedOf(key: string, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (const byte of new TextEncoder().encode(key)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}

/**
 * A state dict in our own layer names: `<layer>.weight` with `<layer>.norm.{weight,bias,
 * running_mean,running_var}`, and `head.weight`, `head.bias`; values keep activations near 1.
 * scripts/fixtures/networks.py makes the same numbers.
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
  const { variant } = architecture;
  const values = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  const put = (key: string, shape: readonly number[], factor: number, offset = 0) => {
    const own = seedOf(libraryKey(key, 'mmpretrain', variant), seed);
    const made = hashedValues(own, elementCount(shape));
    for (let i = 0; i < made.length; i++) made[i] = offset + factor * made[i]!;
    values.set(key, { shape, values: made });
  };
  for (const layer of layersOf(architecture)) {
    if (layer.op !== 'conv' && layer.op !== 'head') continue;
    const shape = weightShape(layer);
    put(`${layer.name}.weight`, shape, Math.sqrt(6 / elementCount(shape.slice(1))));
    const channels = [layer.outChannels];
    if (layer.op === 'head') {
      put('head.bias', channels, 0.1);
      continue;
    }
    put(`${layer.name}.norm.weight`, channels, 0.4, 0.8);
    put(`${layer.name}.norm.bias`, channels, 0.2);
    put(`${layer.name}.norm.running_mean`, channels, 0.2);
    put(`${layer.name}.norm.running_var`, channels, 0.5, 1);
  }
  return values;
}

export type Library = 'mmpretrain' | 'torchvision' | 'timm';

/** The key that a library uses for one of ours. torchvision has no v1c and no v1d. */
export function libraryKey(key: string, library: Library, variant: Variant = 'v1b'): string {
  const body = library === 'mmpretrain' ? 'backbone.' : '';
  if (key.startsWith('head.')) {
    return library === 'mmpretrain' ? `head.fc.${key.slice(5)}` : `fc.${key.slice(5)}`;
  }
  const [, layer = '', part = ''] = /^(.*?)(\.norm\.\w+|\.weight)$/.exec(key) ?? [];
  const isNorm = part.startsWith('.norm');
  const leaf = part.split('.').at(-1);
  if (layer === 'stem') return `${body}${isNorm ? 'bn1' : 'conv1'}.${leaf}`;
  const [, index] = /^stem\.(\d)$/.exec(layer) ?? [];
  if (index !== undefined) {
    if (library === 'mmpretrain') return `${body}stem.${index}.${isNorm ? 'bn' : 'conv'}.${leaf}`;
    if (isNorm && index === '2') return `bn1.${leaf}`;
    return `conv1.${3 * Number(index) + (isNorm ? 1 : 0)}.${leaf}`;
  }
  if (layer.endsWith('.downsample')) {
    // mmpretrain leaves the pool out where there is nothing to pool; timm puts an identity there.
    const pooled = variant === 'v1d' && (library === 'timm' || !layer.startsWith('layer1'));
    return `${body}${layer}.${(pooled ? 1 : 0) + (isNorm ? 1 : 0)}.${leaf}`;
  }
  return `${body}${isNorm ? layer.replace('.conv', '.bn') : layer}.${leaf}`;
}

/**
 * Tensors, each in a storage of its own, and batch norm's counters as int64 scalars. `mixed` stores
 * convolutions and the head as float16, as mmcv's fp16 hook does.
 */
export function toSaved(
  values: Values,
  rename: (key: string) => string,
  precision: 'float32' | 'mixed' = 'float32',
): SavedCheckpoint {
  const tensors = new Map<string, SavedTensor>();
  const storages = new Map<string, SavedStorage>();
  for (const [key, { shape, values: data }] of values) {
    const storage = String(storages.size);
    const half = precision === 'mixed' && !key.includes('.norm.');
    const saved = half
      ? ({ dtype: 'float16', bytes: halves(data) } as const)
      : ({ dtype: 'float32', bytes: new Uint8Array(data.buffer) } as const);
    storages.set(storage, saved);
    const strides = denseStrides(shape);
    tensors.set(rename(key), { dtype: saved.dtype, shape, strides, offset: 0, storage });
    if (!key.endsWith('.running_var')) continue;
    const counter = String(storages.size);
    storages.set(counter, { dtype: 'int64', bytes: new Uint8Array(8).fill(1, 0, 1) });
    const counterKey = rename(key).replace('running_var', 'num_batches_tracked');
    const scalar = { dtype: 'int64', shape: [], strides: [], offset: 0, storage: counter } as const;
    tensors.set(counterKey, scalar);
  }
  return { tensors, storages };
}

function halves(values: Float32Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(2 * values.length));
  for (const [i, value] of values.entries()) view.setFloat16(2 * i, value, true);
  return new Uint8Array(view.buffer);
}
