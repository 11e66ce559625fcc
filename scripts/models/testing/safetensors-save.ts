import type { Dtype } from '../checkpoint/dtype.ts';
import type { SavedCheckpoint } from './torch-save.ts';

const NAMES: Readonly<Record<Dtype, string>> = {
  float64: 'F64',
  float32: 'F32',
  float16: 'F16',
  bfloat16: 'BF16',
  int64: 'I64',
  int32: 'I32',
  int16: 'I16',
  int8: 'I8',
  uint8: 'U8',
  bool: 'BOOL',
};

/** Dense tensors as the reference library writes them: a padded header, then data in its order. */
export function saveSafetensors({ tensors, storages }: SavedCheckpoint): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: { format: 'pt' } };
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const [key, { dtype, shape, storage }] of tensors) {
    const { bytes } = storages.get(storage)!;
    header[key] = { dtype: NAMES[dtype], shape, data_offsets: [at, at + bytes.length] };
    parts.push(bytes);
    at += bytes.length;
  }
  return safetensorsFile(header, parts);
}

export function safetensorsFile(header: unknown, parts: readonly Uint8Array[]): Uint8Array {
  const json = JSON.stringify(header);
  const text = Buffer.from(json.padEnd(Math.ceil(Buffer.byteLength(json) / 8) * 8));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return new Uint8Array(Buffer.concat([length, text, ...parts]));
}
