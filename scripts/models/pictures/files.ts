import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
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

export type PictureFailure = {
  readonly code: 'unreadable_picture';
  readonly file: string;
  readonly why: string;
};

/** Pictures of no known class. All are read and resized at once: 150 KB each at 224 x 224. */
export async function openPictureFiles(
  name: string,
  paths: readonly string[],
  preprocess: Preprocess,
): Promise<Result<PictureSet, PictureFailure>> {
  const decoder = createImageDecoder(nodeCodecModules);
  const crops: Uint8Array[] = [];
  for (const path of paths) {
    const file = basename(path);
    const bytes = await readFile(path).catch(() => undefined);
    if (bytes === undefined) return unreadable(file, 'the file cannot be read');
    const header = inspectImage(bytes);
    if (!header.ok) return unreadable(file, describe(header.failure));
    const crop = await decoder.sample(bytes, header.value, preprocess, Infinity);
    if (!crop.ok) return unreadable(file, describe(crop.failure));
    crops.push(crop.value);
  }
  return ok({
    name,
    size: paths.length,
    tensor: async (index) => normalise(crops[index]!, preprocess),
    label: () => undefined,
  });
}

function unreadable(file: string, why: string): Result<never, PictureFailure> {
  return fail({ code: 'unreadable_picture', file, why });
}

function describe(failure: ImageFailure): string {
  return JSON.stringify(failure);
}
