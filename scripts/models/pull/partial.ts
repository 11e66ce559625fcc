import { readFile, rm, stat, writeFile } from 'node:fs/promises';

/** What an earlier run left of a file. */
export interface Partial {
  readonly bytes: number;
  /** A strong ETag or a date: without one nobody can tell whether the rest belongs to it. */
  readonly validator: string | undefined;
  /** Of the whole file, where the server said so. */
  readonly total: number | undefined;
}

export function partialPath(path: string): string {
  return `${path}.partial`;
}

/** Undefined: nothing of use is there. */
export async function readPartial(path: string, url: URL): Promise<Partial | undefined> {
  const found = await stat(partialPath(path)).catch(() => undefined);
  const text = await readFile(`${partialPath(path)}.json`, 'utf8').catch(() => '{}');
  const note = parseNote(text);
  if (found === undefined || note?.url !== url.href) return undefined;
  const { validator, total } = note;
  if (validator === undefined || (total !== undefined && found.size > total)) return undefined;
  return { bytes: found.size, validator, total };
}

/** Written when the partial file is empty, so that no note stands beside another file's bytes. */
export async function notePartial(
  path: string,
  url: URL,
  note: Omit<Partial, 'bytes'>,
): Promise<void> {
  await writeFile(`${partialPath(path)}.json`, JSON.stringify({ url: url.href, ...note }));
}

export async function discardPartial(path: string): Promise<void> {
  await rm(`${partialPath(path)}.json`, { force: true });
  await rm(partialPath(path), { force: true });
}

interface Note {
  readonly url?: string;
  readonly validator?: string;
  readonly total?: number;
}

/** Our own note, unless the run that wrote it was killed halfway. */
function parseNote(text: string): Note | undefined {
  try {
    const note: unknown = JSON.parse(text);
    return typeof note === 'object' && note !== null ? note : undefined;
  } catch {
    return undefined;
  }
}
