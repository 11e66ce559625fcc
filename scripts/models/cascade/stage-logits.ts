import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ModelCard } from '../../../src/model/card.ts';
import { ok, type Result } from '../../../src/result.ts';
import { writeWhole } from '../commands/paths.ts';
import { runPictures } from '../evaluate/run.ts';
import { type FolderFailure, openFolder } from '../pictures/folder.ts';

/** What one stage says of every picture of a folder. */
export interface StageLogits {
  readonly logits: readonly Float32Array[];
  readonly labels: readonly number[];
}

export interface LogitsOptions {
  readonly images: string;
  readonly picturesMax: number;
  readonly cache: string;
  readonly onPictures: (done: number, of: number) => void;
}

/**
 * Runs a stage over labelled pictures, or reads what an earlier run kept: float32 little-endian,
 * [pictures, classes], under a digest of the graph, the preprocessing and the list of pictures.
 */
export async function stageLogits(
  card: ModelCard,
  graph: Uint8Array,
  { images, picturesMax, cache, onPictures }: LogitsOptions,
): Promise<Result<StageLogits, FolderFailure>> {
  const list = join(images, 'labels.csv');
  const listed = existsSync(list) ? readFileSync(list) : '';
  const identity = JSON.stringify([card.graph, card.preprocess, images, picturesMax]);
  const key = createHash('sha256').update(identity).update(listed).digest('hex');
  const path = join(cache, 'cascade', `${key}.f32`);
  const opened = await openFolder(images, card.preprocess, picturesMax);
  if (!opened.ok) return opened;
  const pictures = opened.value;
  const labels = Array.from({ length: pictures.size }, (_, i) => pictures.label(i) ?? -1);
  const kept = existsSync(path) ? readKept(path, pictures.size, card.classes) : undefined;
  if (kept !== undefined) return ok({ logits: kept, labels });
  const logits = await runPictures(graph, pictures, (done) => onPictures(done, pictures.size));
  writeWhole(path, Buffer.concat(logits.map((row) => new Uint8Array(row.buffer))));
  return ok({ logits, labels });
}

function readKept(path: string, pictures: number, classes: number): Float32Array[] | undefined {
  const bytes = readFileSync(path);
  if (bytes.length !== pictures * classes * 4) return undefined;
  const all = new Float32Array(new Uint8Array(bytes).buffer);
  return Array.from({ length: pictures }, (_, i) => all.slice(i * classes, (i + 1) * classes));
}
