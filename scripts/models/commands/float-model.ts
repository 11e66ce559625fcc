import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { type Checkpoint, readCheckpoint } from '../checkpoint/checkpoint.ts';
import type { CheckpointFailure } from '../checkpoint/failure.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import type { Style, Variant } from '../network/architecture.ts';
import type { NetworkFailure } from '../network/failure.ts';
import { buildNetwork, type Network } from '../network/network.ts';

export interface FloatModel {
  readonly model: OnnxModel;
  readonly network: Network;
  readonly checkpoint: Checkpoint;
  /** Of the checkpoint file. */
  readonly sha256: string;
}

export type FloatModelFailure =
  | CheckpointFailure
  | NetworkFailure
  | { readonly code: 'unreadable_file'; readonly path: string };

export interface InputSize {
  readonly height: number;
  readonly width: number;
}

/** From a checkpoint file to the float32 graph. */
export async function loadFloatModel(
  path: string,
  style: Style | undefined,
  size: InputSize | undefined,
): Promise<Result<FloatModel, FloatModelFailure>> {
  const file = await readFile(path).catch(() => undefined);
  if (file === undefined) return fail({ code: 'unreadable_file', path });
  const checkpoint = readCheckpoint(file);
  if (!checkpoint.ok) return checkpoint;
  const network = buildNetwork(checkpoint.value.tensors, style);
  if (!network.ok) return network;
  const { height, width } = size ?? usualSize(network.value.architecture.variant);
  const model = toFloatGraph(network.value, height, width);
  const sha256 = createHash('sha256').update(file).digest('hex');
  return ok({ model, network: network.value, checkpoint: checkpoint.value, sha256 });
}

/** What the published networks were trained on. */
function usualSize(variant: Variant): InputSize {
  return variant === 'cifar' ? { height: 32, width: 32 } : { height: 224, width: 224 };
}

export function parseStyle(text: string | undefined): Style | undefined {
  return text === 'pytorch' || text === 'caffe' ? text : undefined;
}
