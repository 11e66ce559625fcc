import { open } from 'node:fs/promises';
import { fail, ok, type Result } from '../../../src/result.ts';

export type FileFailure =
  | { readonly code: 'unreadable_file'; readonly path: string }
  | { readonly code: 'limit_exceeded'; readonly limit: 'file_bytes'; readonly max: number };

/** A whole file; one that is too large is refused by its size, before any memory is asked for. */
export async function readFileUpTo(
  path: string,
  bytesMax: number,
): Promise<Result<Uint8Array<ArrayBuffer>, FileFailure>> {
  const file = await open(path).catch(() => undefined);
  if (file === undefined) return fail({ code: 'unreadable_file', path });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) return fail({ code: 'unreadable_file', path });
    if (stat.size > bytesMax) {
      return fail({ code: 'limit_exceeded', limit: 'file_bytes', max: bytesMax });
    }
    const { buffer, byteOffset, length } = await file.readFile();
    return ok(new Uint8Array(buffer, byteOffset, length));
  } catch {
    return fail({ code: 'unreadable_file', path });
  } finally {
    await file.close();
  }
}
