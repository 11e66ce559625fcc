import type { ByteInput, Decoding } from '../byte-input.ts';

/** Bytes of a file that JavaScript looks at, however the file is cut into pieces. */
export interface ByteReader {
  /** Fewer where the file ends. */
  read(bytes: number): Decoding<Uint8Array>;
  skip(bytes: number): Decoding<void>;
}

export function createByteReader(input: ByteInput): ByteReader {
  return {
    *read(bytes) {
      const target = new Uint8Array(bytes);
      let filled = 0;
      for (;;) {
        filled += input.take(target.subarray(filled));
        if (filled === bytes || input.ended()) return target.subarray(0, filled);
        yield;
      }
    },
    *skip(bytes) {
      let rest = bytes;
      for (;;) {
        rest -= input.skip(rest);
        if (rest === 0 || input.ended()) return;
        yield;
      }
    },
  };
}
