import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { type CifarFailure, openCifar } from '../pictures/cifar.ts';
import { type FolderFailure, openCalibrationFolder, openFolder } from '../pictures/folder.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { folderIdentity } from './float-stage.ts';

/** Pictures that are read when a stage needs them: what it kept needs none. */
export interface KnownPictures {
  /** What tells them from others. */
  readonly identity: unknown;
  open(): Promise<Result<PictureSet, PicturesFailure>>;
}

export type PicturesFailure = FolderFailure | CifarFailure;

export interface PicturesWish {
  /** The user's own folder, or `cifar10`. */
  readonly from: string;
  readonly picturesMax: number;
  readonly cache: string;
}

/** Ranges are measured on these; nobody need know what they show. */
export function calibrationPictures(
  { from, picturesMax, cache }: PicturesWish,
  preprocess: Preprocess,
): Result<KnownPictures, PicturesFailure> {
  const identity = identityOf(from, picturesMax, preprocess);
  if (identity === undefined) return fail({ code: 'no_pictures', path: from });
  const open = (): Promise<Result<PictureSet, PicturesFailure>> =>
    from === 'cifar10'
      ? openCifar('train', preprocess, picturesMax, cache)
      : openCalibrationFolder(from, preprocess, picturesMax);
  return ok({ identity, open });
}

/** Accuracy is measured on these, so that each must have its class in `labels.csv`. */
export function evaluationPictures(
  { from, picturesMax, cache }: PicturesWish,
  preprocess: Preprocess,
): Result<KnownPictures, PicturesFailure> {
  const identity = identityOf(from, picturesMax, preprocess);
  if (identity === undefined) return fail({ code: 'no_pictures', path: from });
  const open = (): Promise<Result<PictureSet, PicturesFailure>> =>
    from === 'cifar10'
      ? openCifar('test', preprocess, picturesMax, cache)
      : openFolder(from, preprocess, picturesMax);
  return ok({ identity, open });
}

function identityOf(from: string, picturesMax: number, preprocess: Preprocess): unknown {
  if (from === 'cifar10') return [from, picturesMax, preprocess];
  if (!existsSync(from)) return undefined;
  return [basename(from), folderIdentity(from), picturesMax, preprocess];
}
