import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../commands/paths.ts';

/**
 * Digest of the sources in some folders, so that a product of older code is not taken for one of
 * today's. A version number would do the same, until somebody forgets it.
 */
export function codeDigest(folders: readonly string[]): string {
  const hash = createHash('sha256');
  for (const folder of folders) {
    const files = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' });
    for (const file of files.filter(isSource).toSorted()) {
      hash.update(`${folder}/${file}\0`).update(readFileSync(join(ROOT, folder, file)));
    }
  }
  return hash.digest('hex');
}

function isSource(file: string): boolean {
  return file.endsWith('.ts') && !file.endsWith('.test.ts');
}

/** Between a checkpoint and its float32 graph. */
export const CONVERTING: readonly string[] = [
  'scripts/models/checkpoint',
  'scripts/models/network',
  'scripts/models/graph',
  'src/onnx',
];

/** Between a float32 graph, pictures, and the int8 graph. */
export const QUANTIZING: readonly string[] = [
  'scripts/models/calibrate',
  'scripts/models/quantize',
  'scripts/models/pictures',
  'src/image',
];

/** Between graphs, pictures and figures. */
export const EVALUATING: readonly string[] = [
  'scripts/models/evaluate',
  'scripts/models/pictures',
  'src/image',
];
