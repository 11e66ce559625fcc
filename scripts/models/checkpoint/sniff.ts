import { open, stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { fail, ok, type Result } from '../../../src/result.ts';

/** What a path holds. Weights are told by their first bytes, never by the file's name. */
export type ModelSource = 'torch_zip' | 'torch_legacy' | 'safetensors' | 'onnx' | 'keras_layers';

export type SniffFailure =
  | { readonly code: 'unreadable_file'; readonly path: string }
  | { readonly code: 'unknown_container'; readonly saw: string };

const HEAD_BYTES = 32;

/** A folder, or a file called model.json, is Keras in TensorFlow.js's layers form. */
export async function sniffPath(path: string): Promise<Result<ModelSource, SniffFailure>> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return fail({ code: 'unreadable_file', path });
  if (found.isDirectory() || basename(path) === 'model.json') return ok('keras_layers');
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return fail({ code: 'unreadable_file', path });
  try {
    const head = new Uint8Array(HEAD_BYTES);
    const { bytesRead } = await file.read(head, 0, HEAD_BYTES, 0);
    return sniffBytes(head.subarray(0, bytesRead));
  } catch {
    return fail({ code: 'unreadable_file', path });
  } finally {
    await file.close();
  }
}

const ZIP = [0x50, 0x4b, 0x03, 0x04];
/** LONG1 of torch's magic number. */
const MAGIC = [0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

export function sniffBytes(file: Uint8Array): Result<ModelSource, SniffFailure> {
  if (ZIP.every((byte, i) => file[i] === byte)) return ok('torch_zip');
  if (isLegacy(file)) return ok('torch_legacy');
  // Eight bytes of length, then the header's JSON; a length beyond 4 GiB is nobody's header.
  if (file[8] === 0x7b && file[5] === 0 && file[6] === 0 && file[7] === 0) return ok('safetensors');
  // ModelProto begins with ir_version: field 1, varint.
  if (file[0] === 0x08 && file.length > 2) return ok('onnx');
  return fail({ code: 'unknown_container', saw: firstBytes(file) });
}

/** PROTO 2 and the magic number; from protocol 4 on, a FRAME and its length stand between. */
function isLegacy(file: Uint8Array): boolean {
  const start = file[2] === 0x95 ? 11 : 2;
  return file[0] === 0x80 && MAGIC.every((byte, i) => file[start + i] === byte);
}

function firstBytes(file: Uint8Array): string {
  const bytes = [...file.subarray(0, 8)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ') || 'an empty file';
}
