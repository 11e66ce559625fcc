import { readFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { nodeCodecModules } from '../../../src/image/codec-modules.node.ts';
import {
  createImageDecoder,
  type ImageFailure,
  inspectImage,
  normalise,
} from '../../../src/image/image.ts';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import type { PictureSet } from './picture-set.ts';

export type FolderFailure =
  | { readonly code: 'no_labels_file'; readonly path: string }
  | { readonly code: 'bad_labels_line'; readonly line: number; readonly text: string }
  | { readonly code: 'no_pictures'; readonly path: string }
  | { readonly code: 'unreadable_picture'; readonly file: string; readonly why: string };

/**
 * The pictures that `labels.csv` in the folder lists: a heading, then `file,class_index` with
 * anything after. All are read and resized at once, to bytes: 150 KB each at 224 x 224.
 */
export async function openFolder(
  path: string,
  preprocess: Preprocess,
  picturesMax: number,
): Promise<Result<PictureSet, FolderFailure>> {
  const listed = await readLabels(path);
  if (!listed.ok) return listed;
  const rows = listed.value.slice(0, picturesMax);
  if (rows.length === 0) return fail({ code: 'no_pictures', path });
  const decoder = createImageDecoder(nodeCodecModules);
  const crops: Uint8Array[] = [];
  for (const { file } of rows) {
    const bytes = await readFile(join(path, file)).catch(() => undefined);
    if (bytes === undefined) return unreadable(file, 'the file cannot be read');
    const header = inspectImage(bytes);
    if (!header.ok) return unreadable(file, describe(header.failure));
    const crop = await decoder.sample(bytes, header.value, preprocess, Infinity);
    if (!crop.ok) return unreadable(file, describe(crop.failure));
    crops.push(crop.value);
  }
  return ok({
    name: basename(path),
    size: rows.length,
    tensor: async (index) => normalise(crops[index]!, preprocess),
    label: (index) => rows[index]!.label,
  });
}

function unreadable(file: string, why: string): Result<never, FolderFailure> {
  return fail({ code: 'unreadable_picture', file, why });
}

function describe(failure: ImageFailure): string {
  return JSON.stringify(failure);
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
