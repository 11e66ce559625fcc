import { PIECE_BYTES } from './limits.ts';

/** A stream's bytes, one piece after the other. A piece is its caller's own. */
export interface Pieces {
  /** Undefined at the end; never empty. Throws what the source throws. */
  next(): Promise<Uint8Array | undefined>;
  cancel(reason?: unknown): Promise<void>;
}

/** What Web streams of some age lack; workerd has it. */
interface ReadsAtLeast {
  readAtLeast?(
    bytes: number,
    into: Uint8Array<ArrayBuffer>,
  ): Promise<{ readonly done: boolean; readonly value?: Uint8Array<ArrayBuffer> | undefined }>;
}

/**
 * Large pieces where the source lets its reader say how large. R2's streams hand out 4 KB by
 * themselves: a graph of 26 MB is 6,300 of them, and 100 of these.
 */
export function openPieces(source: ReadableStream<Uint8Array>): Pieces {
  const reader = openByteReader(source);
  if (reader === undefined) return openPlain(source.getReader());
  const { readAtLeast } = reader as ReadableStreamBYOBReader & ReadsAtLeast;
  let ended = false;
  return {
    async next() {
      while (!ended) {
        const into = new Uint8Array(PIECE_BYTES);
        const read = await (readAtLeast?.call(reader, PIECE_BYTES, into) ?? reader.read(into));
        ended = read.done;
        if (read.value !== undefined && read.value.length > 0) return read.value;
      }
      return undefined;
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

function openPlain(reader: ReadableStreamDefaultReader<Uint8Array>): Pieces {
  return {
    async next() {
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return undefined;
        if (value.length > 0) return value;
      }
    },
    cancel: (reason) => reader.cancel(reason),
  };
}

function openByteReader(source: ReadableStream<Uint8Array>): ReadableStreamBYOBReader | undefined {
  try {
    return source.getReader({ mode: 'byob' });
  } catch (error) {
    // Not a byte stream: a file's, or made by a test.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}
