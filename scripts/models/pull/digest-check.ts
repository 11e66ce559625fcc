import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { fail, ok, type Result } from '../../../src/result.ts';

export interface DigestVerdict {
  readonly sha256: string;
  readonly bytes: number;
  /**
   * Whether the 8 digits in the file's name are the first of its SHA-256. Some published files are
   * known to differ (open-mmlab/mim#11), so that it is a warning and no more.
   */
  readonly prefix: 'matches' | 'differs' | 'none';
}

export type DigestFailure = {
  /** Not the pinned file. */
  readonly code: 'wrong_digest';
  readonly file: string;
  readonly sha256: string;
  readonly expected: string;
};

/** `resnet50_8xb32_in1k_20210831-ea4938fc.pth`, and torch hub's `resnet50-0676ba61.pth`. */
const NAMED = /-([0-9a-f]{8})\.(?:pth|pt|safetensors)$/;

/** Judges a file by the name under which it was published, and a pinned digest if there is one. */
export async function judgeDigest(
  path: string,
  publishedName: string,
  pinned: string | undefined,
): Promise<Result<DigestVerdict, DigestFailure>> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const piece of createReadStream(path)) {
    hash.update(piece);
    bytes += piece.length;
  }
  const sha256 = hash.digest('hex');
  const file = basename(publishedName);
  if (pinned !== undefined && pinned !== sha256) {
    return fail({ code: 'wrong_digest', file, sha256, expected: pinned });
  }
  const named = NAMED.exec(file)?.[1];
  if (named === undefined) return ok({ sha256, bytes, prefix: 'none' });
  return ok({ sha256, bytes, prefix: sha256.startsWith(named) ? 'matches' : 'differs' });
}
