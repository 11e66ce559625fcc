import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
/** Downloads and what was made of them; another place by RAZORBILL_CACHE. */
export const CACHE = resolve(ROOT, process.env.RAZORBILL_CACHE ?? '.cache');
/** State of `npm start`: the local bucket; another place by RAZORBILL_STATE. */
export const STATE = resolve(ROOT, process.env.RAZORBILL_STATE ?? '.wrangler/state');
/** What calibrations saw, to go on from: safe to delete. */
export const OBSERVATIONS = join(CACHE, 'observations');
/** Answers of float graphs, which int8 ones are compared with again and again: safe to delete. */
export const LOGITS = join(CACHE, 'logits');
export const MODELS = join(ROOT, 'models');

/** Paths of the command line count from where npm was called. */
export function fromCaller(path: string): string {
  return resolve(process.env.INVOKED_FROM ?? process.cwd(), path);
}

/** Writes beside and renames: an interrupted run leaves the old file or the new one. */
export function writeWhole(path: string, content: Uint8Array | string): void {
  mkdirSync(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  writeFileSync(partial, content);
  renameSync(partial, path);
}
