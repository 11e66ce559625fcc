import type { ByteInput, Decoding } from '../byte-input.ts';
import type { ImageKernels } from '../kernels.ts';

/** A window of the file in the kernels' memory, for those who read markers and for the kernels. */
export interface Feed {
  /** What of the window was not taken. Dead once memory grows. */
  window(): Uint8Array;
  /** Takes bytes off the window's front. */
  drop(bytes: number): void;
  /** Fills the window up behind what was not taken. */
  refill(): Decoding<void>;
  /** Whether the window ends with the file. */
  ended(): boolean;
  /** The kernels read on from here. */
  lend(): void;
  /** The kernels have used the window up: gives them the next one. */
  next(): Decoding<void>;
}

export function createFeed(kernels: ImageKernels, input: ByteInput): Feed {
  const start = kernels.rawStart();
  const windowBytes = kernels.rawBytes();
  let at = 0;
  let end = 0;

  function* refill(): Decoding<void> {
    new Uint8Array(kernels.memory.buffer, start, windowBytes).copyWithin(0, at, end);
    end -= at;
    at = 0;
    for (;;) {
      end += input.take(new Uint8Array(kernels.memory.buffer, start + end, windowBytes - end));
      if (end === windowBytes || input.ended()) return;
      yield;
    }
  }

  function lend(): void {
    kernels.setRaw(start + at, end - at, input.ended() ? 1 : 0);
  }

  return {
    window: () => new Uint8Array(kernels.memory.buffer, start + at, end - at),
    drop(bytes) {
      at += bytes;
    },
    refill,
    ended: input.ended,
    lend,
    *next() {
      at = end - kernels.rawLeft();
      yield* refill();
      lend();
    },
  };
}
