import { existsSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { openPictureFiles, type PictureFailure } from './files.ts';
import type { PictureSet } from './picture-set.ts';

export type FolderFailure =
  | PictureFailure
  | { readonly code: 'no_labels_file'; readonly path: string }
  | { readonly code: 'bad_labels_line'; readonly line: number; readonly text: string }
  | { readonly code: 'no_pictures'; readonly path: string };

/** The pictures that `labels.csv` in the folder lists: a heading, then `file,class_index,…`. */
export async function openFolder(
  path: string,
  preprocess: Preprocess,
  picturesMax: number,
): Promise<Result<PictureSet, FolderFailure>> {
  const listed = await readLabels(path);
  if (!listed.ok) return listed;
  const rows = listed.value.slice(0, picturesMax);
  if (rows.length === 0) return fail({ code: 'no_pictures', path });
  const files = rows.map(({ file }) => join(path, file));
  const set = await openPictureFiles(basename(path), files, preprocess);
  return set.ok ? ok({ ...set.value, label: (index) => rows[index]!.label }) : set;
}

const PICTURE = /\.(?:jpe?g|png|webp|gif|avif)$/i;

/** A folder to calibrate on: what its pictures show need not be known. */
export async function openCalibrationFolder(
  path: string,
  preprocess: Preprocess,
  picturesMax: number,
): Promise<Result<PictureSet, FolderFailure>> {
  if (existsSync(join(path, 'labels.csv'))) return openFolder(path, preprocess, picturesMax);
  const names = existsSync(path) ? readdirSync(path).filter((name) => PICTURE.test(name)) : [];
  if (names.length === 0) return fail({ code: 'no_pictures', path });
  const files = names.toSorted().slice(0, picturesMax);
  return openPictureFiles(
    basename(path),
    files.map((name) => join(path, name)),
    preprocess,
  );
}

interface Row {
  readonly file: string;
  readonly label: number;
}

async function readLabels(path: string): Promise<Result<readonly Row[], FolderFailure>> {
  const file = join(path, 'labels.csv');
  const text = await readFile(file, 'utf8').catch(() => undefined);
  if (text === undefined) return fail({ code: 'no_labels_file', path: file });
  const rows: Row[] = [];
  for (const [i, line] of text.trim().split(/\r?\n/).entries()) {
    if (i === 0) continue;
    const [name = '', label = ''] = line.split(',');
    // A plain name: no way out of the folder.
    if (!/^\d+$/.test(label) || name === '' || basename(name) !== name) {
      return fail({ code: 'bad_labels_line', line: i + 1, text: line });
    }
    rows.push({ file: name, label: Number(label) });
  }
  return ok(rows);
}
