import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeWhole } from '../commands/paths.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { runPictures } from './run.ts';

const DIGEST_BYTES = 32;

/**
 * Logits of a graph that is asked again and again, such as the float one that every int8 graph is
 * compared with: kept in `folder` under a digest of graph and pictures, behind their own digest.
 */
export async function cachedLogits(
  folder: string,
  graph: Uint8Array,
  pictures: PictureSet,
  onPictures?: (done: number) => void,
): Promise<Float32Array[]> {
  const path = join(folder, `${await logitsKey(graph, pictures)}.bin`);
  const found = readLogits(path, pictures.size);
  if (found !== undefined) {
    onPictures?.(pictures.size);
    return found;
  }
  const logits = await runPictures(graph, pictures, onPictures);
  mkdirSync(folder, { recursive: true });
  const rest = Buffer.concat(
    logits.map(({ buffer, byteOffset, byteLength }) => Buffer.from(buffer, byteOffset, byteLength)),
  );
  writeWhole(path, Buffer.concat([digestOf(rest), rest]));
  return logits;
}

async function logitsKey(graph: Uint8Array, pictures: PictureSet): Promise<string> {
  const hash = createHash('sha256').update('logits 1\n').update(graph);
  for (let i = 0; i < pictures.size; i++) {
    const { buffer, byteOffset, byteLength } = await pictures.tensor(i);
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

function readLogits(path: string, count: number): Float32Array[] | undefined {
  const file = tryRead(path);
  if (file === undefined || file.length <= DIGEST_BYTES) return undefined;
  const rest = file.subarray(DIGEST_BYTES);
  if (!digestOf(rest).equals(file.subarray(0, DIGEST_BYTES))) return undefined;
  const all = new Float32Array(Uint8Array.from(rest).buffer);
  const classes = all.length / count;
  return Array.from({ length: count }, (_, i) => all.slice(i * classes, (i + 1) * classes));
}

/** Not there is as good as damaged: the logits are computed. */
function tryRead(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}

function digestOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest();
}
