import type { OnnxTensor, OnnxType } from './graph.ts';
import { toOnnxType } from './read-value.ts';
import type { Fields, Wire } from './wire.ts';

const FIELD_FLOAT = 4;
const FIELD_INT32 = 5;
const FIELD_INT64 = 7;

const TENSOR: Fields = new Map([
  [1, 'varints'], // dims
  [2, 'varint'], // data_type
  [3, 'bytes'], // segment
  [FIELD_FLOAT, 'floats'],
  [FIELD_INT32, 'varints'],
  [6, 'bytes'], // string_data
  [FIELD_INT64, 'varints'],
  [8, 'bytes'], // name
  [9, 'bytes'], // raw_data
  [10, 'doubles'],
  [11, 'varints'], // uint64_data
  [12, 'bytes'],
  [13, 'bytes'], // external_data
  [14, 'varint'], // data_location
]);

interface Kind {
  readonly bytes: number;
  readonly field: number;
  readonly min: number;
  readonly max: number;
}

const KINDS: Readonly<Record<OnnxType, Kind>> = {
  float32: { bytes: 4, field: FIELD_FLOAT, min: 0, max: 0 },
  int8: { bytes: 1, field: FIELD_INT32, min: -128, max: 127 },
  uint8: { bytes: 1, field: FIELD_INT32, min: 0, max: 255 },
  int32: { bytes: 4, field: FIELD_INT32, min: -(2 ** 31), max: 2 ** 31 - 1 },
  int64: { bytes: 8, field: FIELD_INT64, min: -(2 ** 63), max: 2 ** 63 },
};

export function elementBytes(type: OnnxType): number {
  return KINDS[type].bytes;
}

/** StringStringEntryProto. */
const ENTRY: Fields = new Map([
  [1, 'bytes'], // key
  [2, 'bytes'], // value
]);
/** location, offset, length, checksum: no more are known. */
const EXTERNAL_ENTRIES_MAX = 8;

interface Header {
  name: string;
  code: number;
  dims: number[];
  raw: Uint8Array | null;
  /** external_data, where tensors may lie outside. */
  entries: Map<string, string> | null;
  /** Bit set of the typed fields seen. */
  typed: number;
}

/** TensorProto: the header first, then, knowing how many elements there must be, the typed data. */
export function readTensor(wire: Wire): OnnxTensor | null {
  const verdict = wire.verdict;
  const header = readHeader(wire);
  const { name, dims } = header;
  if (verdict.failure !== null) return null;
  const type = toOnnxType(header.code, wire, name);
  const kind = KINDS[type];
  const elements = countElements(dims, verdict.limits.tensorElementsMax, wire, name);
  const bytes = elements * kind.bytes;
  const wrongField = header.typed & ~(1 << kind.field);
  if (wrongField !== 0 || (header.raw !== null && header.typed !== 0)) {
    verdict.refuse('shape_mismatch', name);
  }
  if (header.raw !== null && header.raw.length !== bytes) verdict.refuse('shape_mismatch', name);
  const raw = readExternal(wire, header, bytes);
  // Each typed element takes a byte or more, so this bounds memory by the file's own size.
  if (raw === null && elements > wire.length) verdict.refuse('shape_mismatch', name);
  if (verdict.failure !== null) return null;
  return { name, type, dims, raw: raw ?? readTyped(wire.again(), kind, elements, name) };
}

function readHeader(wire: Wire): Header {
  const verdict = wire.verdict;
  const header: Header = { name: '', code: 0, dims: [], raw: null, entries: null, typed: 0 };
  const outside = verdict.external !== undefined;
  while (wire.next(TENSOR)) {
    const field = wire.field;
    if (field === 1) readDims(wire, header.dims);
    else if (field === 2) header.code = wire.int();
    else if (field === 8) header.name = wire.text();
    else if (field === 9) {
      if (header.raw !== null) verdict.refuse('duplicate_field', 'raw_data');
      header.raw = wire.span();
    } else if (field === 13 && outside) readExternalEntry(wire.message(), header);
    else if (field === 13) verdict.refuse('external_data', header.name);
    else if (field === 14) {
      const external = wire.int() !== 0;
      if (external && !outside) verdict.refuse('external_data', header.name);
      else if (external) header.entries ??= new Map();
    } else if (field === 3) verdict.refuse('bad_type', 'segment');
    else {
      // string_data, double_data and uint64_data belong to types that are refused as such.
      if (field !== 12) header.typed |= 1 << field;
      wire.skip();
    }
  }
  return header;
}

function readExternalEntry(wire: Wire, header: Header): void {
  header.entries ??= new Map();
  let key = '';
  let value = '';
  while (wire.next(ENTRY)) {
    if (wire.field === 1) key = wire.text();
    else value = wire.text();
  }
  header.entries.set(key, value);
  if (header.entries.size > EXTERNAL_ENTRIES_MAX) {
    wire.verdict.refuse('external_data', header.name);
  }
}

/** The elements' bytes from outside, exactly as many as the shape has. */
function readExternal(wire: Wire, header: Header, bytes: number): Uint8Array | null {
  const { entries, name, typed, raw } = header;
  if (entries === null) return raw;
  const count = (text: string) => (/^\d{1,15}$/.test(text) ? Number(text) : Number.NaN);
  const offset = count(entries.get('offset') ?? '0');
  const length = count(entries.get('length') ?? String(bytes));
  const location = entries.get('location') ?? '';
  const sound = raw === null && typed === 0 && length === bytes && Number.isSafeInteger(offset);
  const found = sound ? wire.verdict.external?.(location, offset, bytes) : undefined;
  if (found === undefined || found.length !== bytes) wire.verdict.refuse('external_data', name);
  return found ?? null;
}

function readDims(wire: Wire, dims: number[]): void {
  const run = wire.run();
  const rankMax = wire.verdict.limits.rankMax;
  do {
    if (run !== null && !run.more) return;
    if (dims.length === rankMax) wire.verdict.refuse('rank_too_high');
    else dims.push((run ?? wire).int());
  } while (run?.more);
}

/** Product of dims, refused before it can lose precision. */
export function countElements(
  dims: readonly number[],
  elementsMax: number,
  wire: { readonly verdict: Wire['verdict'] },
  name: string,
): number {
  const verdict = wire.verdict;
  if (dims.some((dim) => dim < 0)) verdict.refuse('negative_dim', name);
  if (dims.some((dim) => dim === 0)) verdict.refuse('zero_dim', name);
  let count = 1;
  for (const dim of dims) {
    count *= dim;
    if (!(count <= elementsMax)) {
      verdict.refuse('huge_dim', name);
      return 0;
    }
  }
  return verdict.failure === null ? count : 0;
}

function readTyped(wire: Wire, kind: Kind, elements: number, name: string): Uint8Array {
  const raw = new Uint8Array(elements * kind.bytes);
  const view = new DataView(raw.buffer);
  let count = 0;
  while (wire.next(TENSOR)) {
    if (wire.field !== kind.field) {
      wire.skip();
      continue;
    }
    const run = wire.run();
    while (run === null || run.more) {
      if (count === elements) {
        wire.verdict.refuse('shape_mismatch', name);
        return raw;
      }
      writeElement(view, count++, kind, run ?? wire, name);
      if (run === null) break;
    }
  }
  if (count !== elements) wire.verdict.refuse('shape_mismatch', name);
  return raw;
}

function writeElement(view: DataView, index: number, kind: Kind, wire: Wire, name: string): void {
  if (kind.field === FIELD_FLOAT) {
    view.setFloat32(index * 4, wire.float(), true);
    return;
  }
  const value = wire.int();
  if (value < kind.min || value > kind.max) wire.verdict.refuse('value_out_of_range', name);
  else if (kind.bytes === 1) view.setUint8(index, value & 255);
  else if (kind.bytes === 4) view.setInt32(index * 4, value, true);
  else {
    // Two's complement in halves; exact for the values that shapes can hold.
    view.setInt32(index * 8, value | 0, true);
    view.setInt32(index * 8 + 4, Math.floor(value / 2 ** 32), true);
  }
}
