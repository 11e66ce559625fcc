import type { Digest } from '../digest.ts';
import type { Hash } from './hasher.ts';
import { openPieces } from './read-pieces.ts';

/** What is wrong with a graph's bytes. */
export type Damage = 'length' | 'digest' | 'interrupted';

/**
 * The same bytes, but the stream ends well only if they are `bytes` long and hash to `digest`;
 * otherwise it errors where it would have ended, or as soon as it is too long. `onDamage` hears
 * why. It is a byte stream because nothing else travels over RPC.
 */
export function verifyStream(
  source: ReadableStream<Uint8Array>,
  expected: { readonly bytes: number; readonly digest: Digest },
  hash: Hash,
  onDamage: (damage: Damage) => void,
): ReadableStream<Uint8Array> {
  const pieces = openPieces(source);
  let length = 0;

  async function next(): Promise<Uint8Array | 'end' | Damage> {
    const piece = await pieces.next();
    if (piece !== undefined) {
      length += piece.length;
      if (length <= expected.bytes) {
        await hash.update(piece);
        return piece;
      }
      await pieces.cancel();
    }
    if (length !== expected.bytes) return 'length';
    return (await hash.digest()) === expected.digest ? 'end' : 'digest';
  }

  return new ReadableStream({
    type: 'bytes',
    async pull(controller) {
      const step = await next().catch((): Damage => 'interrupted');
      if (step instanceof Uint8Array) {
        // Handed over: enqueueing detaches the piece, so it was hashed before.
        controller.enqueue(step);
      } else if (step === 'end') {
        controller.close();
        // A reader that brought its own buffer gets it back empty.
        controller.byobRequest?.respond(0);
      } else {
        onDamage(step);
        controller.error(new Error(`graph ${expected.digest}: ${step}`));
      }
    },
    cancel: (reason) => pieces.cancel(reason),
  });
}
