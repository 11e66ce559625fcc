import { fail, ok, type Result } from '../../../src/result.ts';
import type { CheckpointFailure } from './failure.ts';
import { type Pickle, readPickle } from './pickle.ts';
import { describeValue, itemsOf, lookUp } from './pickle-value.ts';
import { type FindStorage, storageElementBytes } from './torch-tensor.ts';
import { readZip } from './zip.ts';

/** What torch.save wrote: one pickled object and the storages that it refers to. */
export interface TorchFile {
  readonly pickle: Pickle;
  readonly findStorage: FindStorage;
}

/** The zip form of torch 1.6 and later: `<top>/data.pkl` and `<top>/data/<key>`. */
export function readTorchZip(file: Uint8Array): Result<TorchFile, CheckpointFailure> {
  const zip = readZip(file);
  if (!zip.ok) return zip;
  const names = [...zip.value.keys()];
  if (names.some((name) => name.endsWith('/constants.pkl') || name.includes('/code/'))) {
    return fail({ code: 'torchscript_refused' });
  }
  const pickles = names.filter((name) => /^[^/]+\/data\.pkl$/.test(name));
  const name = pickles[0];
  if (name === undefined || pickles.length > 1) {
    return fail({ code: 'bad_zip', reason: `${pickles.length} files are called data.pkl` });
  }
  const top = name.slice(0, -'data.pkl'.length);
  const byteOrder = zip.value.get(`${top}byteorder`);
  if (byteOrder !== undefined && new TextDecoder().decode(byteOrder) !== 'little') {
    return fail({ code: 'unsupported_zip', reason: 'its numbers are big-endian' });
  }
  const pickle = readPickle(zip.value.get(name)!);
  if (!pickle.ok) return pickle;
  return ok({ pickle: pickle.value, findStorage: (key) => zip.value.get(`${top}data/${key}`) });
}

const MAGIC = 0x1950a86a20f9469cfc6cn;

/**
 * The form before torch 1.6, and of every file published by mmcls since September 2021:
 *
 *     pickle magic | pickle 1001 | pickle sizes | pickle object | pickle [keys] | storages
 *
 * Each storage is an int64 element count and the elements, in the order of the keys, unpadded.
 */
export function readTorchLegacy(file: Uint8Array): Result<TorchFile, CheckpointFailure> {
  const parts: Pickle[] = [];
  let at = 0;
  while (parts.length < 5) {
    const part = readPickle(file, at);
    if (!part.ok) return part;
    parts.push(part.value);
    at = part.value.end;
  }
  const [magic, version, system, object, keys] = parts as [Pickle, Pickle, Pickle, Pickle, Pickle];
  if (magic.value !== MAGIC || version.value !== 1001) {
    return fail({ code: 'unknown_container', saw: 'a pickle that is no torch file' });
  }
  if (lookUp(system.value, 'little_endian') === false) {
    return fail({ code: 'unknown_container', saw: 'a big-endian torch file' });
  }
  const storages = splitStorages(file, at, itemsOf(keys.value) ?? [], object);
  if (!storages.ok) return storages;
  return ok({
    pickle: object,
    findStorage(key, view) {
      const bytes = storages.value.get(key);
      if (bytes === undefined || view === undefined) return bytes;
      const start = view.offset * view.elementBytes;
      const end = start + view.count * view.elementBytes;
      return start >= 0 && end <= bytes.length ? bytes.subarray(start, end) : undefined;
    },
  });
}

/**
 * Cuts the tail of the file into storages. The element width stands only at the references in the
 * object, so those are gathered first.
 */
function splitStorages(
  file: Uint8Array,
  start: number,
  keys: readonly unknown[],
  object: Pickle,
): Result<Map<string, Uint8Array>, CheckpointFailure> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const widths = storageWidths(object);
  const storages = new Map<string, Uint8Array>();
  let at = start;
  for (const key of keys) {
    const width = typeof key === 'string' ? widths.get(key) : undefined;
    if (typeof key !== 'string' || width === undefined) {
      return fail({ code: 'bad_pickle', reason: `storage ${String(key)} has no type`, at });
    }
    if (at + 8 > file.length) return fail({ code: 'truncated', at: file.length });
    const count = Number(view.getBigInt64(at, true));
    at += 8;
    if (count < 0 || count * width > file.length - at) {
      return fail({ code: 'truncated', at: file.length });
    }
    storages.set(key, file.subarray(at, at + count * width));
    at += count * width;
  }
  if (at === file.length) return ok(storages);
  return fail({ code: 'bad_pickle', reason: 'bytes follow the last storage', at });
}

function storageWidths(object: Pickle): Map<string, number> {
  const widths = new Map<string, number>();
  for (const id of object.persistentIds) {
    const [, tag, key] = itemsOf(id) ?? [];
    const width = storageElementBytes(describeValue(tag));
    if (typeof key === 'string' && width !== undefined) widths.set(key, width);
  }
  return widths;
}
