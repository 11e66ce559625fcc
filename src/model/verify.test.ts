import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Digest, sha256 } from '../digest.ts';
import { hashWithDigestStream } from './digest-stream.ts';
import { type Damage, verifyStream } from './verify.ts';

const GRAPH = Uint8Array.from({ length: 10_000 }, (_, i) => i & 255);

/** A source that gives the bytes in pieces, then ends or breaks. */
function streamOf(bytes: Uint8Array, pieces: readonly number[], breaks = false): ReadableStream {
  let at = 0;
  let piece = 0;
  return new ReadableStream<Uint8Array>({
    pull(controller) {
      if (at >= bytes.length) {
        if (breaks) controller.error(new Error('the line broke'));
        else controller.close();
        return;
      }
      const length = pieces[piece++ % pieces.length] ?? 1;
      controller.enqueue(bytes.slice(at, at + length));
      at += length;
    },
  });
}

async function read(
  source: ReadableStream,
  bytes: number,
  digest: Digest,
): Promise<{ readonly bytes: Uint8Array | undefined; readonly damage: Damage | undefined }> {
  let damage: Damage | undefined;
  const hash = hashWithDigestStream();
  const stream = verifyStream(source, { bytes, digest }, hash, (why) => {
    damage = why;
  });
  const whole = await new Response(stream).bytes().catch(() => undefined);
  return { bytes: whole, damage };
}

describe('verifyStream', () => {
  it('gives the same bytes, however they are cut', async () => {
    const digest = await sha256(GRAPH);
    const pieces = fc.array(fc.integer({ min: 1, max: 4000 }), { minLength: 1, maxLength: 5 });
    await fc.assert(
      fc.asyncProperty(pieces, async (lengths) => {
        const got = await read(streamOf(GRAPH, lengths), GRAPH.length, digest);
        expect(got).toEqual({ bytes: GRAPH, damage: undefined });
      }),
      { numRuns: 25 },
    );
  });

  it('skips empty pieces instead of waiting for ever', async () => {
    const got = await read(streamOf(GRAPH, [0, 5000]), GRAPH.length, await sha256(GRAPH));
    expect(got.bytes).toEqual(GRAPH);
  });

  const flipped = GRAPH.slice();
  flipped[9_999] = 0;
  const DAMAGED: ReadonlyArray<
    readonly [name: string, bytes: Uint8Array, breaks: boolean, damage: Damage]
  > = [
    ['a flipped last byte', flipped, false, 'digest'],
    ['one byte missing', GRAPH.slice(1), false, 'length'],
    ['one byte too many', new Uint8Array(10_001), false, 'length'],
    ['nothing at all', new Uint8Array(0), false, 'length'],
    ['a broken line after the last byte', GRAPH, true, 'interrupted'],
    ['a broken line at once', new Uint8Array(0), true, 'interrupted'],
  ];

  it.each(DAMAGED)('%s never ends well', async (_name, bytes, breaks, damage) => {
    const source = streamOf(bytes, [3000], breaks);
    const got = await read(source, GRAPH.length, await sha256(GRAPH));
    expect(got).toEqual({ bytes: undefined, damage });
  });

  it('serves a reader that brings its own buffer', async () => {
    const expected = { bytes: GRAPH.length, digest: await sha256(GRAPH) };
    const source = streamOf(GRAPH, [700]);
    const stream = verifyStream(source, expected, hashWithDigestStream(), () => {});
    const reader = stream.getReader({ mode: 'byob' });
    let length = 0;
    for (;;) {
      const { done, value } = await reader.read(new Uint8Array(512));
      if (done) break;
      length += value.length;
    }
    expect(length).toBe(GRAPH.length);
  });
});
