import { fail, ok, type Result } from '../../../src/result.ts';
import { tensorRankMax } from '../limits.ts';
import { DTYPE_BYTES, type Dtype, READ_ELEMENT } from './dtype.ts';

/** A tensor as a view of raw little-endian bytes: `offset` and `strides` count elements. */
export interface TensorView {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly storage: Uint8Array;
}

/** By state dict key. */
export type Tensors = ReadonlyMap<string, TensorView>;

export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Row-major strides: the last dimension is the nearest. */
export function denseStrides(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let step = 1;
  for (const size of shape.toReversed()) {
    strides.unshift(step);
    step *= size;
  }
  return strides;
}

/** Checks that every element of the view lies in its storage; `reason` says what does not. */
export function checkView(view: TensorView): Result<TensorView, string> {
  const { shape, strides, offset } = view;
  if (shape.length > tensorRankMax) return fail(`rank ${shape.length} is over ${tensorRankMax}`);
  if (shape.length !== strides.length) return fail('shape and strides differ in length');
  for (const n of [...shape, ...strides, offset]) {
    if (!Number.isSafeInteger(n) || n < 0) return fail('a size, stride or offset is no count');
  }
  const stored = Math.floor(view.storage.length / DTYPE_BYTES[view.dtype]);
  if (!(elementCount(shape) <= stored)) return fail('the shape has more elements than the storage');
  if (elementCount(shape) === 0) return ok(view);
  let last = offset;
  for (const [i, size] of shape.entries()) last += (size - 1) * strides[i]!;
  if (!(last < stored)) return fail('the tensor reaches beyond its storage');
  return ok(view);
}

/** Gathers a checked view into row-major float32. Exact for all dtypes but float64 and int64. */
export function toFloat32(tensor: TensorView): Float32Array {
  const { shape, strides, dtype, storage } = tensor;
  const count = elementCount(shape);
  const out = new Float32Array(count);
  if (count === 0) return out;
  const start = tensor.offset * DTYPE_BYTES[dtype];
  if (dtype === 'float32' && isDense(tensor)) {
    // A whole network in milliseconds: little-endian is every machine that Node runs on today.
    new Uint8Array(out.buffer).set(storage.subarray(start, start + 4 * count));
    return out;
  }
  const view = new DataView(storage.buffer, storage.byteOffset, storage.byteLength);
  const read = READ_ELEMENT[dtype];
  const width = DTYPE_BYTES[dtype];
  const index = shape.map(() => 0);
  let at = tensor.offset;
  for (let i = 0; i < count; i++) {
    out[i] = read(view, at * width);
    // Count up like an odometer: the last dimension first.
    for (let d = shape.length - 1; d >= 0; d--) {
      at += strides[d]!;
      index[d] = index[d]! + 1;
      if (index[d]! < shape[d]!) break;
      at -= strides[d]! * shape[d]!;
      index[d] = 0;
    }
  }
  return out;
}

/** Row-major without gaps. A dimension of 1 takes no step, whatever its stride says. */
function isDense({ shape, strides }: TensorView): boolean {
  const dense = denseStrides(shape);
  return shape.every((size, i) => size === 1 || strides[i] === dense[i]);
}
