import { fail, ok, type Result } from '../../../src/result.ts';
import { checkpointBytesMax } from '../limits.ts';
import type { CheckpointFailure } from './failure.ts';
import { describeValue, isNode, itemsOf, lookUp, type PickleValue } from './pickle-value.ts';
import type { TensorView } from './tensor.ts';
import { readTorchLegacy, readTorchZip, type TorchFile } from './torch-file.ts';
import { toTensorView } from './torch-tensor.ts';

export interface Checkpoint {
  /** By state dict key, in the file's order, with a leading `module.` removed. */
  readonly tensors: ReadonlyMap<string, TensorView>;
  readonly container: 'zip' | 'legacy';
  /** The checkpoint's own class names, where it has them. */
  readonly classes: readonly string[] | undefined;
  /** Globals outside the state dict that stayed names: harmless, worth a line in a report. */
  readonly ignored: readonly string[];
}

/** Reads what torch.save wrote, executing nothing. `file` is kept: tensors are views into it. */
export function readCheckpoint(file: Uint8Array): Result<Checkpoint, CheckpointFailure> {
  if (file.length > checkpointBytesMax) {
    return fail({ code: 'limit_exceeded', limit: 'checkpoint_bytes', max: checkpointBytesMax });
  }
  const container = sniffContainer(file);
  if (container === undefined) {
    return fail({ code: 'unknown_container', saw: firstBytes(file) });
  }
  const read = container === 'zip' ? readTorchZip(file) : readTorchLegacy(file);
  return read.ok ? toCheckpoint(read.value, container) : read;
}

const ZIP = [0x50, 0x4b, 0x03, 0x04];
const LEGACY = [0x80, 0x02, 0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19];

function sniffContainer(file: Uint8Array): 'zip' | 'legacy' | undefined {
  if (ZIP.every((byte, i) => file[i] === byte)) return 'zip';
  return LEGACY.every((byte, i) => file[i] === byte) ? 'legacy' : undefined;
}

function firstBytes(file: Uint8Array): string {
  const bytes = [...file.subarray(0, 8)];
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(' ') || 'an empty file';
}

function toCheckpoint(
  file: TorchFile,
  container: 'zip' | 'legacy',
): Result<Checkpoint, CheckpointFailure> {
  const top = file.pickle.value;
  const dict = lookUp(top, 'state_dict') ?? top;
  if (!isNode(dict) || dict.kind !== 'dict') {
    // Where weights should be is a call: say which, it is the one thing that we never make.
    if (isNode(dict) && dict.kind === 'call') {
      return fail({ code: 'unknown_global', global: dict.callee, key: '' });
    }
    return fail({ code: 'not_a_state_dict', saw: describeValue(dict) });
  }
  const tensors = new Map<string, TensorView>();
  for (const [name, value] of dict.entries) {
    if (typeof name !== 'string') {
      return fail({ code: 'not_a_state_dict', saw: `a key that is ${describeValue(name)}` });
    }
    const tensor = toTensorView(name, value, file.findStorage);
    if (!tensor.ok) return tensor;
    tensors.set(name.replace(/^module\./, ''), tensor.value);
  }
  if (tensors.size === 0) return fail({ code: 'not_a_state_dict', saw: 'an empty dict' });
  const ignored = [...file.pickle.globals].filter((name) => !KNOWN.test(name));
  return ok({ tensors, container, classes: classNames(lookUp(top, 'meta')), ignored });
}

const KNOWN = /^(collections\.OrderedDict|torch\._utils\._rebuild_\w+|torch\.\w+Storage)$/;

/** mmpretrain's order: dataset_meta.classes, then CLASSES. */
function classNames(meta: PickleValue | undefined): readonly string[] | undefined {
  const candidates = [lookUp(lookUp(meta, 'dataset_meta'), 'classes'), lookUp(meta, 'CLASSES')];
  for (const candidate of candidates) {
    const names = itemsOf(candidate)?.filter((name) => typeof name === 'string');
    if (names !== undefined && names.length > 0) return names;
  }
  return undefined;
}
