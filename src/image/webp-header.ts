import { ok } from '../result.ts';
import { exifOrientation, stripExifPrefix } from './exif.ts';
import type { ImageResult } from './failure.ts';
import { corrupt, unsupported } from './failure.ts';
import type { ParsedHeader } from './header.ts';
import type { Orientation } from './orientation.ts';
import type { Size } from './plan.ts';
import { latin1, u16le, u24le, u32le } from './reader.ts';
import { firstFrame, toStill } from './webp-animation.ts';
import type { Chunk } from './webp-chunks.ts';
import { riffChunks } from './webp-chunks.ts';

/**
 * A WebP is a RIFF file: "RIFF", size u32, "WEBP", then chunks of type, length u32 and data padded
 * to an even length. Still pictures have one VP8 (lossy) or VP8L (lossless) chunk, in an extended
 * file with VP8X before and ALPH, EXIF and others around it (RFC 9649).
 */
export function parseWebpHeader(bytes: Uint8Array): ImageResult<ParsedHeader> {
  const frame = firstFrame(bytes);
  const still = readChunks(frame === undefined ? bytes : toStill(frame));
  if (!still.ok) return still;
  if (frame === undefined) return still;
  const outer = walk(bytes);
  const { width, height } = still.value.stored;
  // The first picture of nearly all animations covers their canvas.
  const covers =
    frame.left === 0 &&
    frame.top === 0 &&
    outer.canvas?.width === width &&
    outer.canvas.height === height;
  if (!covers) return unsupported('WebP', 'webp.animated');
  const { orientation } = outer;
  return ok({
    ...still.value,
    stored: { width, height, orientation },
    features: [...still.value.features, 'webp.animated'],
  });
}

function readChunks(bytes: Uint8Array): ImageResult<ParsedHeader> {
  const { canvas, bitstream, orientation, alpha } = walk(bytes);
  if (bitstream === undefined) return corrupt('the WebP has no whole picture');
  const { width, height, lossless } = bitstream;
  if (width === 0 || height === 0) return corrupt(`the WebP says ${width}x${height} pixels`);
  if (canvas !== undefined && (canvas.width !== width || canvas.height !== height)) {
    return corrupt(`the WebP's canvas is not the ${width}x${height} pixels of its picture`);
  }
  return ok({
    format: 'webp',
    stored: { width, height, orientation },
    opaque: !alpha && !bitstream.alpha,
    features: lossless ? ['webp.lossless'] : [],
  });
}

interface Walked {
  readonly canvas: Size | undefined;
  readonly bitstream: Bitstream | undefined;
  readonly orientation: Orientation;
  readonly alpha: boolean;
}

function walk(bytes: Uint8Array): Walked {
  let canvas: Size | undefined;
  let picture: Chunk | undefined;
  let orientation: Orientation = 1;
  let alpha = false;
  for (const chunk of riffChunks(bytes, 12)) {
    const { type, data } = chunk;
    if (type === 'VP8X') canvas = { width: u24le(data, 4) + 1, height: u24le(data, 7) + 1 };
    if (type === 'ALPH') alpha = true;
    if (type === 'EXIF') orientation = exifOrientation(stripExifPrefix(data) ?? data);
    if (type === 'VP8 ' || type === 'VP8L') picture ??= chunk;
  }
  const bitstream = picture?.whole ? readBitstream(picture) : undefined;
  return { canvas, bitstream, orientation, alpha };
}

function readBitstream({ type, data }: Chunk): Bitstream | undefined {
  return type === 'VP8 ' ? lossySize(data) : losslessSize(data);
}

interface Bitstream extends Size {
  readonly lossless: boolean;
  readonly alpha: boolean;
}

/** RFC 6386, 9.1: tag of 3 bytes (bit 0 is 0 in a key frame), 9D 01 2A, 14 bits of each size. */
function lossySize(data: Uint8Array): Bitstream | undefined {
  const isKeyFrame = data.length >= 10 && (data[0]! & 1) === 0;
  if (!isKeyFrame || latin1(data, 3, 3) !== '\x9d\x01\x2a') return undefined;
  const width = u16le(data, 6) & 0x3fff;
  return { width, height: u16le(data, 8) & 0x3fff, lossless: false, alpha: false };
}

/** RFC 9649, 3.4: 2F, then from the lowest bit 14 of width - 1, 14 of height - 1, 1 of alpha. */
function losslessSize(data: Uint8Array): Bitstream | undefined {
  if (data.length < 5 || data[0] !== 0x2f) return undefined;
  const bits = u32le(data, 1);
  const height = (Math.floor(bits / 0x4000) & 0x3fff) + 1;
  return { width: (bits & 0x3fff) + 1, height, lossless: true, alpha: (data[4]! & 0x10) !== 0 };
}
