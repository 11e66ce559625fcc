import { env } from 'cloudflare:workers';
import { describe, expect, it } from 'vitest';
import { PIECE_BYTES } from './limits.ts';
import { openPieces } from './read-pieces.ts';

const bucket = (env as { readonly BUCKET: R2Bucket }).BUCKET;

/** An object of R2, as a graph lies there. */
async function stored(bytes: Uint8Array): Promise<ReadableStream<Uint8Array>> {
  await bucket.put('pieces', bytes);
  const object = await bucket.get('pieces');
  if (object === null) throw new Error('it was put');
  return object.body;
}

/** A stream that nobody reads into a buffer of his own. */
function plain(...chunks: readonly number[]): ReadableStream<Uint8Array> {
  const lengths = [...chunks];
  return new ReadableStream({
    pull(controller) {
      const length = lengths.shift();
      if (length === undefined) controller.close();
      else controller.enqueue(new Uint8Array(length).fill(length & 255));
    },
  });
}

async function lengthsOf(source: ReadableStream<Uint8Array>): Promise<readonly number[]> {
  const pieces = openPieces(source);
  const lengths: number[] = [];
  for (let piece = await pieces.next(); piece !== undefined; piece = await pieces.next()) {
    lengths.push(piece.length);
  }
  expect(await pieces.next()).toBeUndefined();
  return lengths;
}

describe('pieces of a stream', () => {
  const SIZES: ReadonlyArray<readonly [bytes: number, pieces: readonly number[]]> = [
    [0, []],
    [1, [1]],
    [PIECE_BYTES, [PIECE_BYTES]],
    [PIECE_BYTES + 1, [PIECE_BYTES, 1]],
    [3 * PIECE_BYTES - 1, [PIECE_BYTES, PIECE_BYTES, PIECE_BYTES - 1]],
  ];

  it.each(SIZES)('%i bytes of R2 come in large ones', async (bytes, lengths) => {
    expect(await lengthsOf(await stored(new Uint8Array(bytes)))).toEqual(lengths);
  });

  it('are the bytes, in order, and each its own', async () => {
    const bytes = Uint8Array.from({ length: PIECE_BYTES + 500 }, (_, i) => (i * 31) >> 3);
    const pieces = openPieces(await stored(bytes));
    const [first, second] = [await pieces.next(), await pieces.next()];
    expect(first).toEqual(bytes.subarray(0, PIECE_BYTES));
    expect(second).toEqual(bytes.subarray(PIECE_BYTES));
  });

  it('come as they are from what is no stream of bytes, without the empty ones', async () => {
    expect(await lengthsOf(plain(0, 7, 0, 0, 300))).toEqual([7, 300]);
  });

  it('may be left where they are', async () => {
    const pieces = openPieces(await stored(new Uint8Array(5 * PIECE_BYTES)));
    await pieces.next();
    await pieces.cancel();
    expect(await pieces.next().catch(() => undefined)).toBeUndefined();
  });
});
