import type { Dtype } from '../checkpoint/dtype.ts';

/** A tensor for a synthetic checkpoint. `storage` shares one by key; else it gets its own. */
export interface SavedTensor {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly offset: number;
  readonly storage: string;
}

export interface SavedStorage {
  readonly dtype: Dtype;
  readonly bytes: Uint8Array;
}

/** What torch.save would be given, for tests: `extra` pickles stand beside the state dict. */
export interface SavedCheckpoint {
  readonly tensors: ReadonlyMap<string, SavedTensor>;
  readonly storages: ReadonlyMap<string, SavedStorage>;
  /** Entries of the outer dict: a key and the opcodes that make its value. */
  readonly extra?: ReadonlyMap<string, readonly number[]>;
  /** Entries put into the state dict after the tensors, as opcodes. */
  readonly intruders?: ReadonlyMap<string, readonly number[]>;
}

const STORAGE_CLASS: Readonly<Record<Dtype, string>> = {
  float64: 'DoubleStorage',
  float32: 'FloatStorage',
  float16: 'HalfStorage',
  bfloat16: 'BFloat16Storage',
  int64: 'LongStorage',
  int32: 'IntStorage',
  int16: 'ShortStorage',
  int8: 'CharStorage',
  uint8: 'ByteStorage',
  bool: 'BoolStorage',
};

const WIDTH: Readonly<Record<Dtype, number>> = {
  float64: 8,
  float32: 4,
  float16: 2,
  bfloat16: 2,
  int64: 8,
  int32: 4,
  int16: 2,
  int8: 1,
  uint8: 1,
  bool: 1,
};

/** Opcodes of protocol 2, by what they push or do. */
export const op = {
  proto: [0x80, 2],
  stop: [0x2e],
  mark: [0x28],
  none: [0x4e],
  false: [0x89],
  emptyDict: [0x7d],
  emptyTuple: [0x29],
  tuple: [0x74],
  setItems: [0x75],
  reduce: [0x52],
  build: [0x62],
  persistent: [0x51],
  global: (module: string, name: string): number[] => [0x63, ...ascii(`${module}\n${name}\n`)],
  text: (text: string): number[] => {
    const bytes = new TextEncoder().encode(text);
    return [0x58, ...little(bytes.length, 4), ...bytes];
  },
  int: (value: number): number[] => [0x4a, ...little(value, 4)],
  tupleOf: (...items: readonly (readonly number[])[]): number[] => [0x28, ...items.flat(), 0x74],
} as const;

function ascii(text: string): number[] {
  return [...new TextEncoder().encode(text)];
}

function little(value: number, width: number): number[] {
  return Array.from({ length: width }, (_, i) => Math.floor(value / 2 ** (8 * i)) & 0xff);
}

/** The zip container, with torch's own habits: stored, sizes only in the directory, padded. */
export function saveZip(checkpoint: SavedCheckpoint): Uint8Array {
  const files = new Map<string, Uint8Array>([
    ['archive/data.pkl', Uint8Array.from(objectPickle(checkpoint, 'zip'))],
    ...[...checkpoint.storages].map(([key, { bytes }]): [string, Uint8Array] => [
      `archive/data/${key}`,
      bytes,
    ]),
    ['archive/version', Uint8Array.from(ascii('3\n'))],
  ]);
  return zip(files);
}

/** The container before torch 1.6: five pickles, then the storages. */
export function saveLegacy(checkpoint: SavedCheckpoint): Uint8Array {
  const magic = [0x8a, 10, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];
  const keys = [...checkpoint.storages.keys()].toSorted();
  const littleEndian = [...op.text('little_endian'), 0x88];
  const parts: ArrayLike<number>[] = [
    [...op.proto, ...magic, ...op.stop],
    [...op.proto, 0x4d, ...little(1001, 2), ...op.stop],
    [...op.proto, ...op.emptyDict, ...op.mark, ...littleEndian, ...op.setItems, ...op.stop],
    objectPickle(checkpoint, 'legacy'),
    [...op.proto, 0x5d, ...op.mark, ...keys.flatMap((key) => op.text(key)), 0x65, ...op.stop],
    ...keys.flatMap((key) => {
      const { dtype, bytes } = checkpoint.storages.get(key)!;
      return [little(bytes.length / WIDTH[dtype], 8), bytes];
    }),
  ];
  return new Uint8Array(Buffer.concat(parts.map((part) => Uint8Array.from(part))));
}

function objectPickle(checkpoint: SavedCheckpoint, container: 'zip' | 'legacy'): number[] {
  const entries = [...checkpoint.tensors].flatMap(([key, tensor]) => [
    ...op.text(key),
    ...tensorOpcodes(tensor, checkpoint, container),
  ]);
  const intruders = [...(checkpoint.intruders ?? [])].flatMap(([key, code]) => [
    ...op.text(key),
    ...code,
  ]);
  const dict = [...op.global('collections', 'OrderedDict'), ...op.emptyTuple, ...op.reduce];
  // The state dict of a module carries its versions as an attribute: BUILD on an OrderedDict.
  const attribute = [...op.emptyDict, ...op.build];
  const state = [...dict, ...op.mark, ...entries, ...intruders, ...op.setItems, ...attribute];
  const extra = [...(checkpoint.extra ?? [])].flatMap(([key, code]) => [...op.text(key), ...code]);
  const outer = [...op.emptyDict, ...op.mark, ...op.text('state_dict'), ...state, ...extra];
  return [...op.proto, ...outer, ...op.setItems, ...op.stop];
}

function tensorOpcodes(
  tensor: SavedTensor,
  checkpoint: SavedCheckpoint,
  container: 'zip' | 'legacy',
): number[] {
  const { bytes } = checkpoint.storages.get(tensor.storage)!;
  const id = [
    op.text('storage'),
    op.global('torch', STORAGE_CLASS[tensor.dtype]),
    op.text(tensor.storage),
    op.text('cuda:0'),
    op.int(bytes.length / WIDTH[tensor.dtype]),
    ...(container === 'legacy' ? [op.none] : []),
  ];
  const storage = [...op.tupleOf(...id), ...op.persistent];
  const hooks = [...op.global('collections', 'OrderedDict'), ...op.emptyTuple, ...op.reduce];
  const sizes = op.tupleOf(...tensor.shape.map(op.int));
  const strides = op.tupleOf(...tensor.strides.map(op.int));
  const args = op.tupleOf(storage, op.int(tensor.offset), sizes, strides, op.false, hooks);
  return [...op.global('torch._utils', '_rebuild_tensor_v2'), ...args, ...op.reduce];
}

/** A stored zip; the data of each entry begins on 64 bytes, as torch's writer has it. */
export function zip(files: ReadonlyMap<string, Uint8Array>): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: number[] = [];
  let at = 0;
  for (const [name, data] of files) {
    const title = ascii(name);
    const padding = (64 - ((at + 30 + title.length + 4) % 64)) % 64;
    const extra = [0x46, 0x42, ...little(padding, 2), ...new Array<number>(padding).fill(0x5a)];
    const flags = [...little(0x0808, 2), ...little(0, 2), ...little(0, 4)];
    const local = [0x50, 0x4b, 3, 4, ...little(0, 2), ...flags, ...little(0, 12)];
    const lengths = [...little(title.length, 2), ...little(extra.length, 2)];
    const header = Uint8Array.from([...local, ...lengths, ...title, ...extra]);
    const sizes = [...little(0, 4), ...little(data.length, 4), ...little(data.length, 4)];
    const rest = [...little(title.length, 2), ...little(0, 12), ...little(at, 4)];
    directory.push(0x50, 0x4b, 1, 2, ...little(0, 4), ...flags, ...sizes, ...rest, ...title);
    parts.push(header, data);
    at += header.length + data.length;
  }
  const counts = [...little(0, 4), ...little(files.size, 2), ...little(files.size, 2)];
  const end = [0x50, 0x4b, 5, 6, ...counts, ...little(directory.length, 4), ...little(at, 4), 0, 0];
  parts.push(Uint8Array.from(directory), Uint8Array.from(end));
  return new Uint8Array(Buffer.concat(parts));
}
