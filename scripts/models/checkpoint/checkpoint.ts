import { fail, ok, type Result } from '../../../src/result.ts';
import { checkpointBytesMax } from '../limits.ts';
import type { CheckpointFailure } from './failure.ts';
import { describeValue, isNode, itemsOf, lookUp, type PickleValue } from './pickle-value.ts';
import { type SniffFailure, sniffBytes } from './sniff.ts';
import type { TensorView } from './tensor.ts';
import { readTorchLegacy, readTorchZip, type TorchFile } from './torch-file.ts';
import { toTensorView } from './torch-tensor.ts';

export interface Checkpoint {
  /** By state dict key, in the file's order, with a leading `module.` removed. */
  readonly tensors: ReadonlyMap<string, TensorView>;
  readonly container: 'zip' | 'legacy' | 'safetensors' | 'keras';
  /** The checkpoint's own class names, where it has them. */
  readonly classes: readonly string[] | undefined;
  /** Globals outside the state dict that stayed names: harmless, worth a line in a report. */
  readonly ignored: readonly string[];
}

/**
 * Reads weights of any container that is one file, executing nothing. `file` is kept: tensors are
 * views into it.
 */
export function readCheckpoint(
  file: Uint8Array,
  bytesMax: number = checkpointBytesMax,
): Result<Checkpoint, CheckpointFailure> {
  if (file.length > bytesMax) {
    return fail({ code: 'limit_exceeded', limit: 'checkpoint_bytes', max: bytesMax });
  }
  const source = sniffBytes(file);
  if (!source.ok) return fail({ code: 'unknown_container', saw: describeSniff(source.failure) });
  switch (source.value) {
    case 'torch_zip':
      return readTorch(readTorchZip(file), 'zip');
    case 'torch_legacy':
      return readTorch(readTorchLegacy(file), 'legacy');
    case 'safetensors':
    case 'onnx':
    case 'keras_layers':
      return fail({ code: 'unknown_container', saw: source.value });
  }
}

function describeSniff(failure: SniffFailure): string {
  return failure.code === 'unknown_container' ? failure.saw : failure.path;
}

function readTorch(
  read: Result<TorchFile, CheckpointFailure>,
  container: 'zip' | 'legacy',
): Result<Checkpoint, CheckpointFailure> {
  return read.ok ? toCheckpoint(read.value, container) : read;
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
