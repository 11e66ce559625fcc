import * as z from 'zod';
import { fail, ok, type Result } from '../../../src/result.ts';
import { safetensorsHeaderBytesMax, tensorsMax } from '../limits.ts';
import { DTYPE_BYTES, type Dtype } from './dtype.ts';
import type { CheckpointFailure } from './failure.ts';
import { checkView, denseStrides, elementCount, type TensorView } from './tensor.ts';

/**
 * Reads a safetensors file (huggingface/safetensors, "Format"):
 *
 *     u64 N | N bytes of JSON | data
 *     {"name": {"dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end]}, ...}
 *
 * Offsets count from byte 8 + N. Data has no holes and no overlap and ends with the file, elements
 * are little-endian and row-major. Tensors are views into `file`.
 */
export function readSafetensors(
  file: Uint8Array,
): Result<ReadonlyMap<string, TensorView>, CheckpointFailure> {
  if (file.length < 8) return fail({ code: 'truncated', at: file.length });
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const headerBytes = Number(view.getBigUint64(0, true));
  if (headerBytes > safetensorsHeaderBytesMax) {
    const max = safetensorsHeaderBytesMax;
    return fail({ code: 'limit_exceeded', limit: 'safetensors_header_bytes', max });
  }
  if (headerBytes > file.length - 8) return fail({ code: 'truncated', at: file.length });
  const header = parseHeader(file.subarray(8, 8 + headerBytes));
  if (!header.ok) return header;
  return cutTensors(header.value, file.subarray(8 + headerBytes));
}

const DTYPES: Readonly<Record<string, Dtype>> = {
  F64: 'float64',
  F32: 'float32',
  F16: 'float16',
  BF16: 'bfloat16',
  I64: 'int64',
  I32: 'int32',
  I16: 'int16',
  I8: 'int8',
  U8: 'uint8',
  BOOL: 'bool',
};

const count = z.number().int().min(0).max(Number.MAX_SAFE_INTEGER);
const described = z.strictObject({
  dtype: z.string(),
  shape: z.array(count),
  data_offsets: z.tuple([count, count]),
});

interface Described extends z.infer<typeof described> {
  readonly key: string;
}

function bad(reason: string): Result<never, CheckpointFailure> {
  return fail({ code: 'bad_safetensors', reason });
}

function parseHeader(bytes: Uint8Array): Result<readonly Described[], CheckpointFailure> {
  const header = parseJson(bytes);
  if (typeof header !== 'object' || header === null || Array.isArray(header)) {
    return bad('its header is no JSON object');
  }
  const entries = Object.entries(header).filter(([key]) => key !== '__metadata__');
  if (entries.length > tensorsMax) {
    return fail({ code: 'limit_exceeded', limit: 'tensors', max: tensorsMax });
  }
  const tensors: Described[] = [];
  for (const [key, value] of entries) {
    const parsed = described.safeParse(value);
    if (!parsed.success) return fail({ code: 'bad_tensor', key, reason: issueOf(parsed.error) });
    tensors.push({ key, ...parsed.data });
  }
  return ok(tensors);
}

function issueOf(error: z.ZodError): string {
  const issue = error.issues[0];
  return `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
}

/** The value, or undefined for what is no JSON: V8's parser bounds its own depth and memory. */
function parseJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
}

function cutTensors(
  tensors: readonly Described[],
  data: Uint8Array,
): Result<ReadonlyMap<string, TensorView>, CheckpointFailure> {
  let at = 0;
  const inOrder = tensors.toSorted((a, b) => a.data_offsets[0] - b.data_offsets[0]);
  for (const { key, data_offsets } of inOrder) {
    const [begin, end] = data_offsets;
    if (begin !== at || end < begin) return bad(`${key} does not begin where the one before ends`);
    at = end;
  }
  if (at > data.length) return fail({ code: 'truncated', at: data.length });
  if (at < data.length) return bad('bytes follow the last tensor');
  const views = new Map<string, TensorView>();
  for (const tensor of tensors) {
    const view = toView(tensor, data);
    if (!view.ok) return view;
    views.set(tensor.key, view.value);
  }
  return ok(views);
}

function toView(
  { key, dtype: name, shape, data_offsets: [begin, end] }: Described,
  data: Uint8Array,
): Result<TensorView, CheckpointFailure> {
  const dtype = Object.hasOwn(DTYPES, name) ? DTYPES[name] : undefined;
  if (dtype === undefined) return fail({ code: 'unsupported_dtype', key, dtype: name });
  const bytes = elementCount(shape) * DTYPE_BYTES[dtype];
  if (bytes !== end - begin) {
    const reason = `[${shape}] of ${name} has ${bytes} bytes, not ${end - begin}`;
    return fail({ code: 'bad_tensor', key, reason });
  }
  const storage = data.subarray(begin, end);
  const checked = checkView({ dtype, shape, strides: denseStrides(shape), offset: 0, storage });
  return checked.ok ? checked : fail({ code: 'bad_tensor', key, reason: checked.failure });
}
