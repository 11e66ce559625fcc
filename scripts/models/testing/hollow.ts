import { denseStrides, elementCount, type TensorView } from '../checkpoint/tensor.ts';
import { type Architecture, layersOf, weightShape } from '../network/architecture.ts';
import { type Library, libraryKey } from './synthetic.ts';

/** A state dict of the right names and shapes in which every number is 0: quick to make. */
export function hollowTensors(
  architecture: Architecture,
  library: Library,
): Map<string, TensorView> {
  const tensors = new Map<string, TensorView>();
  let storage = new Uint8Array(0);
  const put = (key: string, shape: readonly number[]) => {
    const name = libraryKey(key, library, architecture.variant);
    const bytes = 4 * elementCount(shape);
    // All share one storage: none is written to.
    if (storage.length < bytes) storage = new Uint8Array(bytes);
    const strides = denseStrides(shape);
    tensors.set(name, { dtype: 'float32', shape, strides, offset: 0, storage });
  };
  for (const layer of layersOf(architecture)) {
    if (layer.op !== 'conv' && layer.op !== 'head') continue;
    put(`${layer.name}.weight`, weightShape(layer));
    if (layer.op === 'head') {
      put('head.bias', [layer.outChannels]);
      continue;
    }
    for (const part of ['weight', 'bias', 'running_mean', 'running_var']) {
      put(`${layer.name}.norm.${part}`, [layer.outChannels]);
    }
  }
  return tensors;
}
