import { fail, ok, type Result } from '../../../src/result.ts';
import { checkpointBytesMax } from '../limits.ts';
import type { Style } from '../network/architecture.ts';
import type { CheckpointFailure } from './failure.ts';
import { describeValue, isNode, lookUp, type PickleValue } from './pickle-value.ts';
import { readSafetensors } from './safetensors.ts';
import { type SniffFailure, sniffBytes } from './sniff.ts';
import type { Tensors, TensorView } from './tensor.ts';
import { readTorchLegacy, readTorchZip, type TorchFile } from './torch-file.ts';
import { toTensorView } from './torch-tensor.ts';
import { trainingFacts } from './training-facts.ts';

export interface Checkpoint {
  /** By state dict key, in the file's order, with a leading `module.` removed. */
  readonly tensors: ReadonlyMap<string, TensorView>;
  readonly container: 'zip' | 'legacy' | 'safetensors' | 'keras';
  /** The checkpoint's own class names, where it has them. */
  readonly classes: readonly string[] | undefined;
  /** Where the strides sit, as the training config in the file or the format itself says. */
  readonly style: Style | undefined;
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
      return readSafe(file);
    case 'onnx':
    case 'keras_layers':
      return fail({ code: 'unknown_container', saw: source.value });
  }
}

function describeSniff(failure: SniffFailure): string {
  return failure.code === 'unknown_container' ? failure.saw : failure.path;
}

/** Its header may hold notes for people, but neither class names nor a training config. */
function readSafe(file: Uint8Array): Result<Checkpoint, CheckpointFailure> {
  const read = readSafetensors(file);
  if (!read.ok) return read;
  const tensors = stripModule(read.value);
  if (!tensors.ok) return tensors;
  const { value } = tensors;
  return ok({ tensors: value, container: 'safetensors', ...NOTHING_ELSE });
}

const NOTHING_ELSE = { classes: undefined, style: undefined, ignored: [] };

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
  // The training scripts of torchvision say `model`; all others say `state_dict`, or nothing.
  const dict = lookUp(top, 'state_dict') ?? dictOf(lookUp(top, 'model')) ?? top;
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
    tensors.set(name, tensor.value);
  }
  const stripped = stripModule(tensors);
  if (!stripped.ok) return stripped;
  const ignored = [...file.pickle.globals].filter((name) => !KNOWN.test(name));
  const facts = trainingFacts(lookUp(top, 'meta'));
  return ok({ tensors: stripped.value, container, ...facts, ignored });
}

function dictOf(value: PickleValue | undefined): PickleValue | undefined {
  return isNode(value) && value.kind === 'dict' ? value : undefined;
}

/** Data parallel training puts `module.` before every key. */
function stripModule(tensors: Tensors): Result<ReadonlyMap<string, TensorView>, CheckpointFailure> {
  if (tensors.size === 0) return fail({ code: 'not_a_state_dict', saw: 'an empty dict' });
  const stripped = new Map<string, TensorView>();
  for (const [name, tensor] of tensors) {
    const key = name.replace(/^module\./, '');
    if (stripped.has(key)) return fail({ code: 'bad_tensor', key, reason: 'is there twice' });
    stripped.set(key, tensor);
  }
  return ok(stripped);
}

const KNOWN = /^(collections\.OrderedDict|torch\._utils\._rebuild_\w+|torch\.\w+Storage)$/;
