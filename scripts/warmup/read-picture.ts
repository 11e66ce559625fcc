import { createHash } from 'node:crypto';
import { readFile, stat } from 'node:fs/promises';
import { fail, ok, type Result } from '../../src/result.ts';
import type { FetchSafely } from './fetch-safely.ts';
import type { Place } from './place.ts';

export interface Picture {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly sha256: string;
}

export interface ReadFailure {
  readonly code: string;
  readonly why: string;
}

/** A picture's bytes, from its file or its address, and their hash. */
export async function readPicture(
  place: Place,
  bytesMax: number,
  fetchSafely: FetchSafely,
): Promise<Result<Picture, ReadFailure>> {
  const bytes =
    place.kind === 'file'
      ? await readBytes(place.at, bytesMax)
      : await fetchBytes(place.at, bytesMax, fetchSafely);
  if (!bytes.ok) return bytes;
  if (bytes.value.length === 0) return fail({ code: 'empty', why: 'no bytes' });
  const sha256 = createHash('sha256').update(bytes.value).digest('hex');
  return ok({ bytes: bytes.value, sha256 });
}

async function readBytes(
  path: string,
  bytesMax: number,
): Promise<Result<Uint8Array<ArrayBuffer>, ReadFailure>> {
  try {
    const { size } = await stat(path);
    if (size > bytesMax) return fail({ code: 'picture_too_large', why: `${size} bytes` });
    return ok(new Uint8Array(await readFile(path)));
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'unreadable_file', why });
  }
}

async function fetchBytes(
  url: string,
  bytesMax: number,
  fetchSafely: FetchSafely,
): Promise<Result<Uint8Array<ArrayBuffer>, ReadFailure>> {
  const fetched = await fetchSafely(url, bytesMax);
  if (fetched.ok) return ok(fetched.value.bytes);
  const { code, ...facts } = fetched.failure;
  return fail({ code, why: Object.values(facts).join(' ') });
}
