import { join } from 'node:path';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import type { Result } from '../../../src/result.ts';
import { CACHE, ROOT } from '../commands/paths.ts';
import type { Pictures } from '../recipes.ts';
import { type CifarFailure, openCifar } from './cifar.ts';
import { type FolderFailure, openFolder } from './folder.ts';
import type { PictureSet } from './picture-set.ts';

export function openPictures(
  pictures: Pictures,
  preprocess: Preprocess,
): Promise<Result<PictureSet, CifarFailure | FolderFailure>> {
  return pictures.from === 'cifar10'
    ? openCifar(pictures.part, preprocess, pictures.picturesMax, CACHE)
    : openFolder(join(ROOT, pictures.path), preprocess, pictures.picturesMax);
}
