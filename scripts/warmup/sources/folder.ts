import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Gathering } from '../gathering.ts';
import { FOLDER_DEPTH_MAX, FOLDER_ENTRIES_MAX } from '../limits.ts';
import { judgeName, type Place } from '../place.ts';

/** Pictures of a folder and of those below it, by their names. Links are not followed. */
export async function gatherFolder(folder: string, into: Gathering): Promise<void> {
  const waiting = [{ path: folder, depth: 0 }];
  let seen = 0;
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, depth } = next;
    const entries = await readdir(path, { withFileTypes: true }).catch(() => undefined);
    if (entries === undefined) {
      into.fail(path, 'the folder cannot be read');
      continue;
    }
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      seen++;
      if (seen > FOLDER_ENTRIES_MAX) {
        return into.fail(folder, `more than ${FOLDER_ENTRIES_MAX} files and folders`);
      }
      const inside = join(path, entry.name);
      if (entry.isDirectory()) {
        if (depth < FOLDER_DEPTH_MAX) waiting.push({ path: inside, depth: depth + 1 });
        else into.fail(inside, `deeper than ${FOLDER_DEPTH_MAX} folders`);
      } else if (!entry.isFile()) into.passOver('not_a_file', inside);
      else if (judgeName(entry.name) === 'picture') await gatherFile(inside, into);
      else into.passOver('not_a_picture_by_its_name', inside);
    }
  }
}

export async function gatherFile(path: string, into: Gathering): Promise<void> {
  const place = await placeOf(path);
  if (place === undefined) into.fail(path, 'the file cannot be read');
  else into.add(place);
}

async function placeOf(path: string): Promise<Place | undefined> {
  const facts = await stat(path).catch(() => undefined);
  if (facts === undefined) return undefined;
  return { kind: 'file', at: path, key: `${path} ${facts.size} ${facts.mtimeMs}` };
}
