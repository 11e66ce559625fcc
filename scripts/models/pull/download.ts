import { mkdirSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fail, ok, type Result } from '../../../src/result.ts';
import { attemptDownload } from './attempt.ts';
import { type DigestFailure, type DigestVerdict, judgeDigest } from './digest-check.ts';
import type { DownloadFailure } from './failure.ts';
import {
  downloadBytesMax,
  downloadMsMax,
  fruitlessTriesMax,
  stallMsMax,
  triesMax,
} from './limits.ts';
import { type LockFailure, withLock } from './lock.ts';
import { discardPartial, partialPath, readPartial } from './partial.ts';
import { backoffMs, type Timing } from './timing.ts';

export interface DownloadOptions {
  readonly timing: Timing;
  /** Milliseconds, of a clock that never goes back. */
  readonly clock: () => number;
  /** Full digest that the file must have. */
  readonly sha256?: string | undefined;
  readonly bytesMax?: number;
  readonly stallMsMax?: number;
  readonly totalMsMax?: number;
  /** `total` where the server said it. */
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

export interface Downloaded extends DigestVerdict {
  readonly path: string;
  readonly bytes: number;
  /** Requests that brought some of it, those of earlier runs counted as one. */
  readonly pieces: number;
}

export type PullFailure = DownloadFailure | DigestFailure | LockFailure;

/**
 * Brings a file over HTTPS to `path`, which appears only when it is whole and judged. What an
 * interrupted run brought lies beside it, with the validator of the server's file, and is gone on
 * from there, by `Range` and `If-Range` (RFC 9110, 13.1.5 and 14.2): a server whose file has
 * changed sends the new one whole. One run at a time; another waits.
 */
export function download(
  url: URL,
  path: string,
  options: DownloadOptions,
): Promise<Result<Downloaded, PullFailure>> {
  mkdirSync(dirname(path), { recursive: true });
  return withLock(path, async (): Promise<Result<Downloaded, DownloadFailure | DigestFailure>> => {
    const fetched = await fetchWhole(url, path, options);
    if (!fetched.ok) return fetched;
    const { pieces } = fetched.value;
    const judged = await judge(url, path, options, pieces);
    // Pieces may not belong together, whatever the server said: once more, from the start.
    const doubtful = judged.ok ? judged.value.prefix === 'differs' : pieces > 1;
    if (pieces === 1 || !doubtful) return judged;
    await discardPartial(path);
    const again = await fetchWhole(url, path, options);
    return again.ok ? judge(url, path, options, again.value.pieces) : again;
  });
}

async function fetchWhole(
  url: URL,
  path: string,
  options: DownloadOptions,
): Promise<Result<{ readonly pieces: number }, DownloadFailure>> {
  const { timing, clock, onProgress, totalMsMax = downloadMsMax } = options;
  const limits = {
    bytesMax: options.bytesMax ?? downloadBytesMax,
    stallMsMax: options.stallMsMax ?? stallMsMax,
    endMs: clock() + totalMsMax,
  };
  const begun = await readPartial(path, url);
  let pieces = begun !== undefined && begun.bytes > 0 ? 1 : 0;
  let fruitless = 0;
  for (let tries = 1; ; tries++) {
    const attempt = await attemptDownload(url, path, { limits, clock, onProgress });
    if (attempt.state === 'whole') return ok({ pieces: pieces + 1 });
    const { failure } = attempt;
    if (attempt.state === 'refused') {
      // All else may be the network between, and what came is good.
      if (failure.code === 'too_large') await discardPartial(path);
      return fail(failure);
    }
    const { retryAfterMs = 0 } = attempt;
    pieces += attempt.grew ? 1 : 0;
    fruitless = attempt.grew ? 0 : fruitless + 1;
    const over = fruitless === fruitlessTriesMax || tries === triesMax;
    if (over || clock() >= limits.endMs) return fail(failure);
    await timing.sleep(Math.max(retryAfterMs, backoffMs(fruitless + 1, timing.random())));
  }
}

/** The file takes its name if its digest lets it. */
async function judge(
  url: URL,
  path: string,
  { sha256 }: DownloadOptions,
  pieces: number,
): Promise<Result<Downloaded, DigestFailure>> {
  const partial = partialPath(path);
  const verdict = await judgeDigest(partial, url.pathname, sha256);
  if (!verdict.ok) {
    await discardPartial(path);
    return verdict;
  }
  await rename(partial, path);
  await rm(`${partial}.json`, { force: true });
  return ok({ path, pieces, ...verdict.value });
}
