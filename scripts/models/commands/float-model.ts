import { createHash } from 'node:crypto';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { type Checkpoint, readCheckpoint } from '../checkpoint/checkpoint.ts';
import type { CheckpointFailure } from '../checkpoint/failure.ts';
import type { KerasFailure } from '../checkpoint/keras/failure.ts';
import { readKeras } from '../checkpoint/keras/keras.ts';
import { type FileFailure, readFileUpTo } from '../checkpoint/read-file.ts';
import { type SniffFailure, sniffPath } from '../checkpoint/sniff.ts';
import { openBeside } from '../graph/external-data.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import { type FloatGraphFailure, readFloatGraph } from '../graph/read-float-graph.ts';
import { checkpointBytesMax } from '../limits.ts';
import { isBottleneck, type Style, type Variant } from '../network/architecture.ts';
import type { NetworkFailure } from '../network/failure.ts';
import { buildNetwork, type Network } from '../network/network.ts';

/** What a file cannot say of itself. */
export interface FloatModelOptions {
  /** Needed where bottlenecks come from nobody knows where: see `style_needed`. */
  readonly style?: Style | undefined;
  /** Default: what the architecture was published with. An ONNX file has its own. */
  readonly size?: InputSize | undefined;
  /** Class names, in place of those that the file may hold. */
  readonly labels?: readonly string[] | undefined;
}

export interface InputSize {
  readonly height: number;
  readonly width: number;
}

/** A float32 graph in our canonical operators, and where it came from. */
export type FloatModel = CheckpointModel | GraphModel;

interface AnyFloatModel {
  readonly model: OnnxModel;
  readonly size: InputSize;
  readonly classes: number;
  /** Class names, where the file or the caller gave them. */
  readonly labels: readonly string[] | undefined;
  /** Of the file; of a folder, of what its reader says. */
  readonly sha256: string;
}

/** Weights in a state dict's layout: the network is known, layer by layer. */
export interface CheckpointModel extends AnyFloatModel {
  readonly from: 'checkpoint';
  readonly network: Network;
  readonly checkpoint: Checkpoint;
}

/** A float32 ONNX file: what it computes is known, what network it is is not. */
export interface GraphModel extends AnyFloatModel {
  readonly from: 'graph';
  /** What the file said that the graph no longer says, such as a last softmax. */
  readonly notes: readonly string[];
}

export type FloatModelFailure =
  | CheckpointFailure
  | FileFailure
  | SniffFailure
  | FloatGraphFailure
  | KerasFailure
  | NetworkFailure
  /** The file itself says where its strides sit. */
  | { readonly code: 'style_mismatch'; readonly saw: Style; readonly asked: Style }
  | { readonly code: 'labels_mismatch'; readonly labels: number; readonly classes: number };

/**
 * From a path to the float32 graph: a PyTorch checkpoint (zip or legacy), safetensors, a float32
 * ONNX file, or the folder of a Keras layers model.
 */
export async function loadFloatModel(
  path: string,
  options: FloatModelOptions = {},
): Promise<Result<FloatModel, FloatModelFailure>> {
  const source = await sniffPath(path);
  if (!source.ok) return source;
  switch (source.value) {
    case 'keras_layers':
      return loadKeras(path, options);
    case 'onnx':
      return loadGraph(path, options);
    case 'torch_zip':
    case 'torch_legacy':
    case 'safetensors':
      return loadCheckpoint(path, options);
  }
}

async function loadCheckpoint(
  path: string,
  options: FloatModelOptions,
): Promise<Result<FloatModel, FloatModelFailure>> {
  const file = await readFileUpTo(path, checkpointBytesMax);
  if (!file.ok) return file;
  const checkpoint = readCheckpoint(file.value);
  if (!checkpoint.ok) return checkpoint;
  return toCheckpointModel(checkpoint.value, sha256Of(file.value), options);
}

async function loadKeras(
  path: string,
  options: FloatModelOptions,
): Promise<Result<FloatModel, FloatModelFailure>> {
  const keras = await readKeras(path);
  if (!keras.ok) return keras;
  const { tensors, style, sha256 } = keras.value;
  const mismatch = contradiction(style, options.style);
  if (mismatch !== undefined) return fail(mismatch);
  const facts = { container: 'keras', classes: undefined, ignored: [] } as const;
  return toCheckpointModel({ tensors, style, ...facts }, sha256, options);
}

function toCheckpointModel(
  checkpoint: Checkpoint,
  sha256: string,
  options: FloatModelOptions,
): Result<CheckpointModel, FloatModelFailure> {
  const network = buildNetwork(checkpoint.tensors, options.style ?? checkpoint.style);
  if (!network.ok) return network;
  const { depth, variant, classes } = network.value.architecture;
  // In basic blocks there is nothing to disagree about.
  const mismatch = isBottleneck(depth) && contradiction(checkpoint.style, options.style);
  if (mismatch) return fail(mismatch);
  const labels = checkLabels(options.labels ?? checkpoint.classes, classes);
  if (!labels.ok) return labels;
  const size = options.size ?? usualSize(variant);
  const model = toFloatGraph(network.value, size.height, size.width);
  const found = { model, size, classes, labels: labels.value, sha256 };
  return ok({ from: 'checkpoint', ...found, network: network.value, checkpoint });
}

async function loadGraph(
  path: string,
  options: FloatModelOptions,
): Promise<Result<FloatModel, FloatModelFailure>> {
  const file = await readFileUpTo(path, checkpointBytesMax);
  if (!file.ok) return file;
  const graph = readFloatGraph(file.value, { size: options.size, external: openBeside(path) });
  if (!graph.ok) return graph;
  const { model, height, width, classes, notes } = graph.value;
  const labels = checkLabels(options.labels, classes);
  if (!labels.ok) return labels;
  const sha256 = sha256Of(file.value);
  const found = { model, size: { height, width }, classes, labels: labels.value, sha256 };
  return ok({ from: 'graph', ...found, notes });
}

function contradiction(
  saw: Style | undefined,
  asked: Style | undefined,
): FloatModelFailure | undefined {
  if (saw === undefined || asked === undefined || saw === asked) return undefined;
  return { code: 'style_mismatch', saw, asked };
}

function checkLabels(
  labels: readonly string[] | undefined,
  classes: number,
): Result<readonly string[] | undefined, FloatModelFailure> {
  if (labels === undefined || labels.length === classes) return ok(labels);
  return fail({ code: 'labels_mismatch', labels: labels.length, classes });
}

function sha256Of(file: Uint8Array): string {
  return createHash('sha256').update(file).digest('hex');
}

/** What the published networks were trained on. */
function usualSize(variant: Variant): InputSize {
  return variant === 'cifar' ? { height: 32, width: 32 } : { height: 224, width: 224 };
}

export function parseStyle(text: string | undefined): Style | undefined {
  return text === 'pytorch' || text === 'caffe' ? text : undefined;
}
