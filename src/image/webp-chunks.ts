import { latin1, u32le } from './reader.ts';

/** One RIFF chunk: type, length u32, data, and a byte of padding after an odd length. */
export interface Chunk {
  readonly type: string;
  readonly data: Uint8Array;
  /** The file has all bytes that the length announces. */
  readonly whole: boolean;
}

/** The chunks from `at` to the end of `bytes`, each of at least 8 bytes. */
export function* riffChunks(bytes: Uint8Array, from: number): Generator<Chunk> {
  let at = from;
  while (at + 8 <= bytes.length) {
    const length = u32le(bytes, at + 4);
    const data = bytes.subarray(at + 8, at + 8 + length);
    yield { type: latin1(bytes, at, 4), data, whole: data.length === length };
    at += 8 + length + (length & 1);
  }
}
