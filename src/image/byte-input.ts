import type { ImageResult } from './failure.ts';

/**
 * A file that comes in pieces. Decoders take bytes from the piece at hand straight into the
 * kernels' memory: each byte is copied once, and no piece is kept.
 */
export interface ByteInput {
  /** Copies what is at hand into `target`; returns how many bytes that were. */
  take(target: Uint8Array): number;
  /** Passes over at most `bytes` of what is at hand; returns how many that were. */
  skip(bytes: number): number;
  /** Bytes of the piece at hand that were not taken. */
  atHand(): number;
  /** All of the file was taken. */
  ended(): boolean;
}

/** Runs on whenever more of the file is there: yields where the piece at hand is used up. */
export type Decoding<T> = Generator<void, T, void>;

/** A decoder that is fed from outside. */
export interface PushDecoder<T> {
  /** Uses up the piece, which may be of any size. False: the decoder needs no more. */
  push(piece: Uint8Array): boolean;
  /** The file has ended: what it came to. */
  finish(): ImageResult<T>;
}

export function createPushDecoder<T>(
  decode: (input: ByteInput) => Decoding<ImageResult<T>>,
): PushDecoder<T> {
  let piece: Uint8Array = new Uint8Array(0);
  let at = 0;
  let closed = false;
  let outcome: ImageResult<T> | undefined;

  function skip(bytes: number): number {
    const skipped = Math.min(bytes, piece.length - at);
    at += skipped;
    return skipped;
  }

  const decoding = decode({
    take(target) {
      const from = at;
      const taken = skip(target.length);
      target.set(piece.subarray(from, from + taken));
      return taken;
    },
    skip,
    atHand: () => piece.length - at,
    ended: () => closed && at === piece.length,
  });

  function runOn(): void {
    const step = decoding.next();
    if (step.done) outcome = step.value;
  }

  return {
    push(next) {
      if (outcome !== undefined) return false;
      piece = next;
      at = 0;
      runOn();
      return outcome === undefined;
    },
    finish() {
      closed = true;
      if (outcome === undefined) runOn();
      if (outcome === undefined) throw new Error('image: a decoder waits for more than the file');
      return outcome;
    },
  };
}
