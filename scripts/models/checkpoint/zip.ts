import { fail, ok, type Result } from '../../../src/result.ts';
import { zipEntriesMax } from '../limits.ts';
import type { CheckpointFailure } from './failure.ts';

const END_BYTES = 22;
const COMMENT_BYTES_MAX = 65535;
const CENTRAL_BYTES = 46;
const LOCAL_BYTES = 30;

/**
 * The entries of an uncompressed zip, as views into the file:
 *
 *     [local header | name | extra | data | descriptor]...  [central directory]  [end record]
 *
 * Torch writes local headers without sizes and pads their extra field so that data lies on 64
 * bytes: sizes come from the central directory, data starts from the local header's own lengths.
 * Nothing is inflated, so the file cannot grow in memory. (APPNOTE.TXT 4.3)
 */
export function readZip(file: Uint8Array): Result<Map<string, Uint8Array>, CheckpointFailure> {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const end = findEnd(view);
  if (end === undefined) return bad('no end record: not a whole zip file');
  const count = view.getUint16(end + 10, true);
  const directoryAt = view.getUint32(end + 16, true);
  if (count === 0xffff || directoryAt === 0xffffffff) return unsupported('zip64');
  if (count > zipEntriesMax) {
    return fail({ code: 'limit_exceeded', limit: 'zip_entries', max: zipEntriesMax });
  }
  const entries = new Map<string, Uint8Array>();
  let at = directoryAt;
  for (let i = 0; i < count; i++) {
    const entry = readEntry(file, view, at, end, directoryAt);
    if (!entry.ok) return entry;
    if (entries.has(entry.value.name)) return bad(`${entry.value.name} is there twice`);
    entries.set(entry.value.name, entry.value.data);
    at = entry.value.next;
  }
  return ok(entries);
}

function bad(reason: string): Result<never, CheckpointFailure> {
  return fail({ code: 'bad_zip', reason });
}

function unsupported(reason: string): Result<never, CheckpointFailure> {
  return fail({ code: 'unsupported_zip', reason });
}

function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - END_BYTES;
  for (let at = last; at >= Math.max(0, last - COMMENT_BYTES_MAX); at--) {
    if (view.getUint32(at, true) === 0x06054b50) return at;
  }
  return undefined;
}

interface Entry {
  readonly name: string;
  readonly data: Uint8Array;
  readonly next: number;
}

function readEntry(
  file: Uint8Array,
  view: DataView,
  at: number,
  directoryEnd: number,
  dataEnd: number,
): Result<Entry, CheckpointFailure> {
  if (at + CENTRAL_BYTES > directoryEnd || view.getUint32(at, true) !== 0x02014b50) {
    return bad('the central directory is cut or damaged');
  }
  const nameBytes = view.getUint16(at + 28, true);
  const next = at + CENTRAL_BYTES + nameBytes + view.getUint16(at + 30, true);
  const nextWithComment = next + view.getUint16(at + 32, true);
  if (nextWithComment > directoryEnd) return bad('the central directory is cut or damaged');
  const nameAt = at + CENTRAL_BYTES;
  const name = new TextDecoder().decode(file.subarray(nameAt, nameAt + nameBytes));
  if ((view.getUint16(at + 8, true) & 1) !== 0) return unsupported(`${name} is encrypted`);
  if (view.getUint16(at + 10, true) !== 0) return unsupported(`${name} is compressed`);
  const size = view.getUint32(at + 24, true);
  const localAt = view.getUint32(at + 42, true);
  if (size === 0xffffffff || localAt === 0xffffffff) return unsupported('zip64');
  if (view.getUint32(at + 20, true) !== size) return bad(`${name} has two sizes`);
  const start = dataStart(view, localAt, dataEnd);
  if (start === undefined || start + size > dataEnd) return bad(`${name} lies outside the file`);
  return ok({ name, data: file.subarray(start, start + size), next: nextWithComment });
}

function dataStart(view: DataView, localAt: number, dataEnd: number): number | undefined {
  if (localAt + LOCAL_BYTES > dataEnd) return undefined;
  if (view.getUint32(localAt, true) !== 0x04034b50) return undefined;
  const nameBytes = view.getUint16(localAt + 26, true);
  return localAt + LOCAL_BYTES + nameBytes + view.getUint16(localAt + 28, true);
}
