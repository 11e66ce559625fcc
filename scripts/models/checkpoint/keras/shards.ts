import { constants, type FileHandle, open } from 'node:fs/promises';
import { join } from 'node:path';
import { fail, ok, type Result } from '../../../../src/result.ts';
import { kerasJsonBytesMax } from '../../limits.ts';
import { elementCount } from '../tensor.ts';
import type { KerasFailure } from './failure.ts';
import type { KerasGroup } from './model-json.ts';

/** A plain file name: no folder, no drive, no parent, nothing hidden, no address. */
const PLAIN_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,254}$/;

/**
 * The group's bytes, read from files that lie in `folder` itself. Memory is asked for only when
 * the files hold exactly the bytes that the shapes need. `take` sees each shard, in order.
 */
export async function readShards(
  folder: string,
  group: KerasGroup,
  take: (shard: Uint8Array) => void,
): Promise<Result<Uint8Array, KerasFailure>> {
  const needed = group.weights.reduce((sum, { shape }) => sum + 4 * elementCount(shape), 0);
  const sizes: number[] = [];
  for (const shard of group.shards) {
    const size = await withFile(folder, shard, async (_, bytes) => ok(bytes));
    if (!size.ok) return size;
    sizes.push(size.value);
  }
  const stored = sizes.reduce((sum, size) => sum + size, 0);
  if (stored !== needed) return fail({ code: 'wrong_weight_bytes', stored, needed });
  const bytes = new Uint8Array(needed);
  let at = 0;
  for (const [i, shard] of group.shards.entries()) {
    const part = bytes.subarray(at, at + sizes[i]!);
    const read = await withFile(folder, shard, (handle) => fill(handle, shard, part));
    if (!read.ok) return read;
    take(part);
    at += part.length;
  }
  return ok(bytes);
}

/** The text of model.json, and its bytes for the digest. */
export async function readModelJson(path: string): Promise<Result<Uint8Array, KerasFailure>> {
  const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);
  const handle = await open(path, flags).catch(() => undefined);
  if (handle === undefined) return fail({ code: 'unreadable_file', path });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return fail({ code: 'unreadable_file', path });
    if (stat.size > kerasJsonBytesMax) {
      return fail({ code: 'limit_exceeded', limit: 'keras_json_bytes', max: kerasJsonBytesMax });
    }
    const bytes = new Uint8Array(stat.size);
    const read = await fill(handle, path, bytes);
    return read.ok ? ok(bytes) : read;
  } finally {
    await handle.close();
  }
}

async function withFile<T>(
  folder: string,
  shard: string,
  use: (handle: FileHandle, bytes: number) => Promise<Result<T, KerasFailure>>,
): Promise<Result<T, KerasFailure>> {
  if (!PLAIN_NAME.test(shard)) {
    return fail({ code: 'bad_shard', shard, reason: 'not the plain name of a file beside it' });
  }
  // A link would lead out of the folder; a named pipe would never end.
  const flags = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const handle = await open(join(folder, shard), flags).catch(() => undefined);
  if (handle === undefined) return fail({ code: 'bad_shard', shard, reason: 'missing or a link' });
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) return fail({ code: 'bad_shard', shard, reason: 'no plain file' });
    return await use(handle, stat.size);
  } finally {
    await handle.close();
  }
}

/** Reads from the file's start until `into` is full. */
async function fill(
  handle: FileHandle,
  name: string,
  into: Uint8Array,
): Promise<Result<undefined, KerasFailure>> {
  let at = 0;
  while (at < into.length) {
    const { bytesRead } = await handle.read(into, at, into.length - at, at);
    if (bytesRead === 0) {
      return fail({ code: 'bad_shard', shard: name, reason: 'it became shorter while we read' });
    }
    at += bytesRead;
  }
  return ok(undefined);
}
