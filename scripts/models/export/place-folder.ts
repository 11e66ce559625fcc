import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fail, ok, type Result } from '../../../src/result.ts';

/** By path inside the folder, with slashes. */
export type FolderFiles = ReadonlyMap<string, Uint8Array | string>;

export type PlaceFailure =
  | { readonly code: 'already_there'; readonly path: string; readonly give: '--force' }
  | { readonly code: 'unwritable'; readonly path: string; readonly why: string };

/**
 * Writes a folder beside its place and renames it there, so that a server that watches the place
 * never sees half of it; `staging` must be on the same disk and out of the server's sight. An
 * existing folder is replaced only when forced: moved away, the new one put in, then removed.
 */
export function placeFolder(
  target: string,
  staging: string,
  files: FolderFiles,
  force: boolean,
): Result<undefined, PlaceFailure> {
  if (existsSync(target) && !force) {
    return fail({ code: 'already_there', path: target, give: '--force' });
  }
  const replaced = `${staging}.replaced`;
  try {
    rmSync(staging, { recursive: true, force: true });
    for (const [path, content] of files) {
      const file = join(staging, path);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
    mkdirSync(dirname(target), { recursive: true });
    rmSync(replaced, { recursive: true, force: true });
    if (existsSync(target)) renameSync(target, replaced);
    renameSync(staging, target);
    rmSync(replaced, { recursive: true, force: true });
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'unwritable', path: target, why });
  }
  return ok(undefined);
}
