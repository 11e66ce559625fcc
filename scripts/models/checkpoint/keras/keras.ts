import { createHash } from 'node:crypto';
import { stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { ok, type Result } from '../../../../src/result.ts';
import type { Tensors } from '../tensor.ts';
import type { KerasFailure } from './failure.ts';
import { weightedLayers } from './layers.ts';
import { parseModelJson } from './model-json.ts';
import { readModelJson, readShards } from './shards.ts';
import { toTorchvision } from './to-torchvision.ts';
import { checkWeights, cutWeights, type StoredWeight } from './weights.ts';
import { checkWiring } from './wiring.ts';

export interface KerasCheckpoint {
  /** Under torchvision's keys, for RGB input of the usual mean and deviation. */
  readonly tensors: Tensors;
  /** Keras's bottlenecks have their stride on the first 1x1; a model that has not is refused. */
  readonly style: 'caffe';
  /** Of model.json and then the shards, in the manifest's order. */
  readonly sha256: string;
}

/**
 * Reads a ResNet of keras.applications in TensorFlow.js's layers form: `path` is model.json or
 * its folder, where the shards lie. The tensors are views of the shards' bytes where they can be.
 */
export async function readKeras(path: string): Promise<Result<KerasCheckpoint, KerasFailure>> {
  const isFolder = (await stat(path).catch(() => undefined))?.isDirectory() === true;
  const file = isFolder ? join(path, 'model.json') : path;
  const text = await readModelJson(file);
  if (!text.ok) return text;
  const model = parseModelJson(new TextDecoder().decode(text.value));
  if (!model.ok) return model;
  const layers = weightedLayers(model.value.layers);
  if (!layers.ok) return layers;
  const wired = checkWiring(model.value.layers);
  if (!wired.ok) return wired;
  const hash = createHash('sha256').update(text.value);
  const weights = new Map<string, StoredWeight>();
  for (const group of model.value.groups) {
    const bytes = await readShards(dirname(file), group, (shard) => hash.update(shard));
    if (!bytes.ok) return bytes;
    for (const [name, weight] of cutWeights(group, bytes.value)) weights.set(name, weight);
  }
  const checked = checkWeights(layers.value, weights);
  if (!checked.ok) return checked;
  const tensors = toTorchvision(layers.value, checked.value);
  return ok({ tensors, style: 'caffe', sha256: hash.digest('hex') });
}
