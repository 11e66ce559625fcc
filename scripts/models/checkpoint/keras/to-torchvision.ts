import { BATCH_NORM_EPSILON } from '../../network/architecture.ts';
import { denseStrides, type Tensors, type TensorView, toFloat32 } from '../tensor.ts';
import type { KerasNorm, WeightedLayer } from './layers.ts';
import { torchvisionKeys } from './unit.ts';
import type { StoredWeight, StoredWeights } from './weights.ts';

/** What keras.applications subtracts from a picture of 0..255, in RGB order (mode "caffe"). */
const KERAS_MEAN = [123.68, 116.779, 103.939] as const;

/** What everybody else does: (picture / 255 - mean) / std, in RGB order. */
const MEAN = [0.485, 0.456, 0.406] as const;
const STD = [0.229, 0.224, 0.225] as const;

/**
 * Keras's weights under torchvision's keys, so that the network takes the usual input. All
 * arithmetic is in float64, rounded to float32 once.
 *
 * Keras computes, of a pixel p (0..255, BGR), w * (p - m); we are given y = (p / 255 - mean) / std
 * in RGB. So p - m = 255 std y + (255 mean - m): the first term scales w, the second is a
 * constant d = sum(w * (255 mean - m)) that batch norm's mean takes, as it takes the bias b:
 *
 *     running_mean = moving_mean - b - d      running_var = moving_variance + epsilon - 1e-5
 *
 * (Where the stem's padding is, Keras's constant would be 0 and ours is d: at most 0.5 of 255.)
 */
export function toTorchvision(layers: readonly WeightedLayer[], weights: StoredWeights): Tensors {
  const tensors = new Map<string, TensorView>();
  const read = (layer: WeightedLayer, part: string) => weights.get(`${layer.layer}/${part}`)!;
  /** By unit: what its convolution adds before batch norm. */
  const added = new Map<string, Float64Array>();
  for (const layer of layers) {
    if (layer.kind !== 'conv') continue;
    const kernel = kernelView(read(layer, 'kernel'));
    const bias = layer.bias ? floats(read(layer, 'bias')) : new Float32Array(layer.filters);
    const stem = layer.unit === 'stem' ? toRgb(kernel) : undefined;
    tensors.set(torchvisionKeys(layer.unit).weight, stem?.weight ?? kernel);
    added.set(layer.unit, sums(bias, stem?.constant));
  }
  for (const layer of layers) {
    if (layer.kind === 'norm') putNorm(tensors, layer, read, added.get(layer.unit));
    if (layer.kind !== 'dense') continue;
    tensors.set('fc.weight', turned(read(layer, 'kernel'), [1, 0]));
    tensors.set('fc.bias', dense([layer.units], floats(read(layer, 'bias'))));
  }
  return tensors;
}

function sums(bias: Float32Array, constant?: Float64Array): Float64Array {
  return Float64Array.from(bias, (value, o) => value + (constant?.[o] ?? 0));
}

function putNorm(
  tensors: Map<string, TensorView>,
  layer: KerasNorm,
  read: (layer: WeightedLayer, part: string) => StoredWeight,
  added: Float64Array | undefined,
): void {
  const { norm } = torchvisionKeys(layer.unit);
  const put = (key: string, values: Float32Array) => {
    tensors.set(norm + key, dense([values.length], values));
  };
  put('weight', floats(read(layer, 'gamma')));
  put('bias', floats(read(layer, 'beta')));
  const mean = floats(read(layer, 'moving_mean'));
  const variance = floats(read(layer, 'moving_variance'));
  // Assigned elements are rounded; the operands are float64, as all of JavaScript's numbers.
  put(
    'running_mean',
    mean.map((value, c) => value - (added?.[c] ?? 0)),
  );
  put(
    'running_var',
    variance.map((value) => value + (layer.epsilon - BATCH_NORM_EPSILON)),
  );
}

/** [h, w, i, o] seen as [o, i, h, w]: a view, nothing is copied. */
function kernelView(kernel: StoredWeight): TensorView {
  return turned(kernel, [3, 2, 0, 1]);
}

function turned({ shape, bytes }: StoredWeight, order: readonly number[]): TensorView {
  const strides = denseStrides(shape);
  return {
    dtype: 'float32',
    shape: order.map((axis) => shape[axis]!),
    strides: order.map((axis) => strides[axis]!),
    offset: 0,
    storage: bytes,
  };
}

function floats({ shape, bytes }: StoredWeight): Float32Array {
  const view = { dtype: 'float32', shape, strides: denseStrides(shape), offset: 0 } as const;
  return toFloat32({ ...view, storage: bytes });
}

function dense(shape: readonly number[], values: Float32Array): TensorView {
  const storage = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  return { dtype: 'float32', shape, strides: denseStrides(shape), offset: 0, storage };
}

/** The stem's kernel [o, 3, h, w] for RGB input, and the constant that the change leaves over. */
function toRgb(kernel: TensorView): { weight: TensorView; constant: Float64Array } {
  const bgr = toFloat32(kernel);
  const [filters = 0, channels = 0, height = 0, width = 0] = kernel.shape;
  const area = height * width;
  const rgb = new Float32Array(bgr.length);
  const constant = new Float64Array(filters);
  for (let o = 0; o < filters; o++) {
    for (let c = 0; c < channels; c++) {
      const to = (o * channels + c) * area;
      const from = (o * channels + (channels - 1 - c)) * area;
      const rest = 255 * MEAN[c]! - KERAS_MEAN[c]!;
      for (let k = 0; k < area; k++) {
        rgb[to + k] = bgr[from + k]! * 255 * STD[c]!;
        constant[o] = constant[o]! + bgr[from + k]! * rest;
      }
    }
  }
  return { weight: dense(kernel.shape, rgb), constant };
}
