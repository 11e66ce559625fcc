import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { ROOT } from '../commands/paths.ts';
import { type CifarFailure, openCifar } from '../pictures/cifar.ts';
import { openPictureFiles } from '../pictures/files.ts';
import { type FolderFailure, openCalibrationFolder, openFolder } from '../pictures/folder.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { folderIdentity } from './float-stage.ts';

/** Pictures, and what tells them from others of the same name and number. */
export interface KnownPictures {
  readonly set: PictureSet;
  readonly identity: unknown;
}

export type PicturesFailure = FolderFailure | CifarFailure;

export interface PicturesWish {
  /** The user's own, or `cifar10`. */
  readonly from: string | undefined;
  readonly picturesMax: number;
  readonly cache: string;
}

/** What the bundled photographs are: too few for good ranges, and better than none. */
const SAMPLES = ['boats.jpg', 'chelsea.png', 'coffee.png', 'rocket.jpg'];

/** Ranges are measured on these; nobody need know what they show. */
export async function openCalibration(
  { from, picturesMax, cache }: PicturesWish,
  preprocess: Preprocess,
): Promise<Result<KnownPictures, PicturesFailure>> {
  if (from === undefined) {
    const files = SAMPLES.map((file) => join(ROOT, 'models', 'samples', file));
    return known(await openPictureFiles('samples', files, preprocess), SAMPLES);
  }
  if (from === 'cifar10') {
    return known(await openCifar('train', preprocess, picturesMax, cache), from);
  }
  if (!existsSync(from)) return fail({ code: 'no_pictures', path: from });
  const set = await openCalibrationFolder(from, preprocess, picturesMax);
  return known(set, folderIdentity(from));
}

/** Accuracy is measured on these, so that each must have its class in `labels.csv`. */
export async function openEvaluation(
  { from = '', picturesMax, cache }: PicturesWish,
  preprocess: Preprocess,
): Promise<Result<KnownPictures, PicturesFailure>> {
  if (from === 'cifar10') {
    return known(await openCifar('test', preprocess, picturesMax, cache), from);
  }
  if (!existsSync(from)) return fail({ code: 'no_pictures', path: from });
  return known(await openFolder(from, preprocess, picturesMax), folderIdentity(from));
}

function known(
  set: Result<PictureSet, PicturesFailure>,
  identity: unknown,
): Result<KnownPictures, PicturesFailure> {
  return set.ok ? ok({ set: set.value, identity }) : set;
}
