import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { observationFilesMax } from '../limits.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { decodeObserved, encodeObserved, type SavedObservations } from './observation-file.ts';

const SUFFIX = '.observed';

/** Of everything that observations depend on: the graph, what is looked at, and every picture. */
export async function keyOf(
  graph: Uint8Array,
  names: readonly string[],
  pictures: PictureSet,
): Promise<string> {
  const hash = createHash('sha256').update(graph).update(JSON.stringify(names));
  for (let i = 0; i < pictures.size; i++) {
    const { buffer, byteOffset, byteLength } = await pictures.tensor(i);
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

/** Nothing there, cut short or of another run: undefined, and the work begins anew. */
export async function loadObserved(
  folder: string,
  key: string,
  names: readonly string[],
): Promise<SavedObservations | undefined> {
  const file = await readFile(join(folder, key + SUFFIX)).catch(() => undefined);
  return file === undefined ? undefined : decodeObserved(file, key, names);
}

/** Written beside and renamed: a reader finds the old file or the new one. */
export async function saveObserved(
  folder: string,
  key: string,
  observed: SavedObservations,
): Promise<void> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, key + SUFFIX);
  const partial = `${path}.${process.pid}.partial`;
  await writeFile(partial, encodeObserved(key, observed));
  await rename(partial, path);
}

/** Keeps the newest; what a killed run left half written goes too, once it is older than they. */
export async function forgetOldest(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.includes(SUFFIX));
  const aged = await Promise.all(
    names.map(async (name) => {
      // Another run may have taken it away meanwhile.
      const facts = await stat(join(folder, name)).catch(() => undefined);
      return { name, modifiedMs: facts?.mtimeMs ?? 0 };
    }),
  );
  const oldest = aged.toSorted((a, b) => b.modifiedMs - a.modifiedMs).slice(observationFilesMax);
  for (const { name } of oldest) await rm(join(folder, name), { force: true });
}
