import { fail, ok, type Result } from '../../../src/result.ts';
import { DTYPE_BYTES, type Dtype } from './dtype.ts';
import type { CheckpointFailure } from './failure.ts';
import { describeValue, isNode, itemsOf, type PickleValue } from './pickle-value.ts';
import { checkView, type TensorView } from './tensor.ts';

/** The bytes of a storage by its key; undefined where the container holds none. */
export type FindStorage = (key: string, viewOf?: StorageView) => Uint8Array | undefined;

/** A legacy storage may be a window of another: `offset` and `count` in elements. */
export interface StorageView {
  readonly offset: number;
  readonly count: number;
  readonly elementBytes: number;
}

const STORAGE_DTYPES: ReadonlyMap<string, Dtype | 'untyped'> = new Map([
  ['torch.DoubleStorage', 'float64'],
  ['torch.FloatStorage', 'float32'],
  ['torch.HalfStorage', 'float16'],
  ['torch.BFloat16Storage', 'bfloat16'],
  ['torch.LongStorage', 'int64'],
  ['torch.IntStorage', 'int32'],
  ['torch.ShortStorage', 'int16'],
  ['torch.CharStorage', 'int8'],
  ['torch.ByteStorage', 'uint8'],
  ['torch.BoolStorage', 'bool'],
  ['torch.storage.UntypedStorage', 'untyped'],
]);

const NAMED_DTYPES: ReadonlyMap<string, Dtype> = new Map([
  ['torch.float64', 'float64'],
  ['torch.float32', 'float32'],
  ['torch.float16', 'float16'],
  ['torch.bfloat16', 'bfloat16'],
  ['torch.int64', 'int64'],
  ['torch.int32', 'int32'],
  ['torch.int16', 'int16'],
  ['torch.int8', 'int8'],
  ['torch.uint8', 'uint8'],
  ['torch.bool', 'bool'],
]);

/** Bytes of one element by the storage's class name; an untyped storage counts bytes. */
export function storageElementBytes(tag: string): number | undefined {
  const dtype = STORAGE_DTYPES.get(tag);
  if (dtype === 'untyped') return 1;
  return dtype === undefined ? undefined : DTYPE_BYTES[dtype];
}

/** A pickled tensor of the state dict as a checked view of its storage. */
export function toTensorView(
  key: string,
  value: PickleValue,
  findStorage: FindStorage,
): Result<TensorView, CheckpointFailure> {
  const call = unwrapParameter(value);
  if (call === undefined) {
    if (isNode(value) && (value.kind === 'call' || value.kind === 'global')) {
      return fail({ code: 'unknown_global', global: describeValue(value), key });
    }
    return bad(key, `is ${describeValue(value)}, not a tensor`);
  }
  const [storage, offset, size, stride] = call.args;
  const dtype = dtypeOf(key, storage, call.args[6]);
  if (!dtype.ok) return dtype;
  const shape = numbersOf(size);
  const strides = numbersOf(stride);
  if (typeof offset !== 'number' || shape === undefined || strides === undefined) {
    return bad(key, 'its offset, size or stride is no number');
  }
  const bytes = storageBytes(key, storage, dtype.value, findStorage);
  if (!bytes.ok) return bytes;
  const view = { dtype: dtype.value, shape, strides, offset, storage: bytes.value };
  const checked = checkView(view);
  return checked.ok ? checked : bad(key, checked.failure);
}

function bad(key: string, reason: string): Result<never, CheckpointFailure> {
  return fail({ code: 'bad_tensor', key, reason });
}

const REBUILDERS: ReadonlySet<string> = new Set([
  'torch._utils._rebuild_tensor',
  'torch._utils._rebuild_tensor_v2',
  'torch._utils._rebuild_tensor_v3',
]);

/** The call that rebuilds a tensor, out of its Parameter wrapper when it has one. */
function unwrapParameter(
  value: PickleValue | undefined,
): { readonly args: readonly PickleValue[] } | undefined {
  let inner = value;
  if (
    isNode(inner) &&
    inner.kind === 'call' &&
    inner.callee === 'torch._utils._rebuild_parameter'
  ) {
    inner = itemsOf(inner.args)?.[0];
  }
  if (!isNode(inner) || inner.kind !== 'call' || !REBUILDERS.has(inner.callee)) return undefined;
  return { args: itemsOf(inner.args) ?? [] };
}

function dtypeOf(
  key: string,
  storage: PickleValue | undefined,
  named: PickleValue | undefined,
): Result<Dtype, CheckpointFailure> {
  const id = isNode(storage) && storage.kind === 'persistent' ? itemsOf(storage.id) : undefined;
  const tag = describeValue(id?.[1]);
  const dtype = STORAGE_DTYPES.get(tag);
  if (dtype !== undefined && dtype !== 'untyped') return ok(dtype);
  // Untyped storages (_rebuild_tensor_v3) name the dtype beside the tensor.
  const other = dtype === 'untyped' ? NAMED_DTYPES.get(describeValue(named)) : undefined;
  if (other !== undefined) return ok(other);
  const saw = dtype === 'untyped' ? describeValue(named) : tag;
  return fail({ code: 'unsupported_dtype', key, dtype: saw });
}

/** ('storage', class, key, location, count), and in legacy files a view as sixth item. */
function storageBytes(
  key: string,
  storage: PickleValue | undefined,
  dtype: Dtype,
  findStorage: FindStorage,
): Result<Uint8Array, CheckpointFailure> {
  const id = isNode(storage) && storage.kind === 'persistent' ? itemsOf(storage.id) : undefined;
  const [marker, tag, storageKey, , count, view] = id ?? [];
  if (marker !== 'storage' || typeof storageKey !== 'string' || typeof count !== 'number') {
    return bad(key, 'its storage has no name or size');
  }
  const bytes = findStorage(storageKey, viewOf(view, DTYPE_BYTES[dtype]));
  if (bytes === undefined) return bad(key, `storage ${storageKey} is not in the file`);
  const untyped = describeValue(tag) === 'torch.storage.UntypedStorage';
  const expected = count * (untyped ? 1 : DTYPE_BYTES[dtype]);
  if (view === undefined || view === null) {
    if (bytes.length !== expected) {
      return bad(key, `storage ${storageKey} has ${bytes.length} bytes, not ${expected}`);
    }
  }
  return ok(bytes);
}

function viewOf(view: PickleValue | undefined, elementBytes: number): StorageView | undefined {
  const items = itemsOf(view);
  const [, offset, count] = items ?? [];
  if (typeof offset !== 'number' || typeof count !== 'number') return undefined;
  return { offset, count, elementBytes };
}

function numbersOf(value: PickleValue | undefined): number[] | undefined {
  const inner = isNode(value) && value.kind === 'call' ? itemsOf(value.args)?.[0] : value;
  const items = itemsOf(inner);
  if (items === undefined || !items.every((item) => typeof item === 'number')) return undefined;
  return items.filter((item) => typeof item === 'number');
}
