import type { Size } from './plan.ts';
import { latin1, u24le } from './reader.ts';
import { riffChunks } from './webp-chunks.ts';

/** An animation's first picture and its place on the canvas. */
export interface WebpFrame extends Size {
  readonly left: number;
  readonly top: number;
  /** ALPH, VP8 and VP8L chunks, as in a still file. */
  readonly chunks: Uint8Array;
}

/**
 * The first ANMF chunk (RFC 9649, 2.7.1.3), or undefined in a still file:
 *
 *     left / 2, top / 2, width - 1, height - 1, duration: u24 each | flags u8 | chunks
 */
export function firstFrame(file: Uint8Array): WebpFrame | undefined {
  for (const { type, data } of riffChunks(file, 12)) {
    if (type !== 'ANMF') continue;
    return {
      left: u24le(data, 0) * 2,
      top: u24le(data, 3) * 2,
      width: u24le(data, 6) + 1,
      height: u24le(data, 9) + 1,
      chunks: data.subarray(16),
    };
  }
  return undefined;
}

const ALPHA_FLAG = 0x10;

/** A still file of one frame, which the library can decode: it does not read animations. */
export function toStill(frame: WebpFrame): Uint8Array {
  const still = new Uint8Array(HEADER_BYTES + frame.chunks.length);
  const view = new DataView(still.buffer);
  writeLatin1(still, 0, 'RIFF');
  view.setUint32(4, still.length - 8, true);
  writeLatin1(still, 8, 'WEBPVP8X');
  view.setUint32(16, 10, true);
  still[20] = latin1(frame.chunks, 0, 4) === 'VP8 ' ? 0 : ALPHA_FLAG;
  writeU24(still, 24, frame.width - 1);
  writeU24(still, 27, frame.height - 1);
  still.set(frame.chunks, HEADER_BYTES);
  return still;
}

/** RIFF header of 12 bytes, VP8X chunk of 18. */
const HEADER_BYTES = 30;

function writeLatin1(bytes: Uint8Array, at: number, text: string): void {
  for (let i = 0; i < text.length; i++) bytes[at + i] = text.charCodeAt(i);
}

function writeU24(bytes: Uint8Array, at: number, value: number): void {
  bytes.set([value & 255, (value >> 8) & 255, value >> 16], at);
}
