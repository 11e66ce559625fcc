import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';

/** Bytes that go into the inflater at once: small, so that little is inflated for nothing. */
const PIECE_BYTES = 16_384;

/**
 * Inflates a zlib stream that lies in several parts, until `take` returns false or the data ends.
 * `take` gets each piece of output and must not keep it.
 */
export async function inflate(
  parts: readonly Uint8Array[],
  take: (piece: Uint8Array) => boolean,
): Promise<ImageResult<void>> {
  const inflater = new DecompressionStream('deflate');
  const reader = inflater.readable.getReader();
  // Both sides fail together: damage shows on the reading one, so the writing one only has to end.
  const writing = writeAll(inflater.writable.getWriter(), parts).then(ended, ended);
  let outcome: ImageResult<void> = ok(undefined);
  for (;;) {
    const piece = await reader.read().then(toPiece, () => corrupt('the PNG data is not zlib'));
    if (!piece.ok) outcome = piece;
    if (!piece.ok || piece.value === undefined || !take(piece.value)) break;
  }
  await reader.cancel().then(ended, ended);
  await writing;
  return outcome;
}

function toPiece(read: {
  readonly value?: Uint8Array | undefined;
}): ImageResult<Uint8Array | undefined> {
  return ok(read.value);
}

function ended(): void {}

async function writeAll(
  writer: WritableStreamDefaultWriter<BufferSource>,
  parts: readonly Uint8Array[],
): Promise<void> {
  for (const part of parts) {
    for (let at = 0; at < part.length; at += PIECE_BYTES) {
      await writer.write(part.slice(at, at + PIECE_BYTES));
    }
  }
  await writer.close();
}
