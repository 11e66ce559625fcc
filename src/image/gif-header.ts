import { ok } from '../result.ts';
import type { ImageResult } from './failure.ts';
import { corrupt } from './failure.ts';
import type { ParsedHeader } from './header.ts';
import { u16le } from './reader.ts';

/** The first picture of a GIF and where it lies in the file and on the screen. */
export interface GifFrame {
  /** The logical screen, extended where the picture does not fit into it, as Pillow does. */
  readonly screenWidth: number;
  readonly screenHeight: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  /** Offset of the image descriptor's 2C. */
  readonly descriptorAt: number;
  /** Where the frame's last sub-block ends: the rest of the file does not matter. */
  readonly end: number;
  /** Neither the file nor the picture has a palette: indexes are grey levels. */
  readonly grey: boolean;
}

export function parseGifHeader(bytes: Uint8Array): ImageResult<ParsedHeader> {
  const frame = findFirstFrame(bytes);
  if (!frame.ok) return frame;
  const { screenWidth: width, screenHeight: height } = frame.value;
  return ok({
    format: 'gif',
    stored: { width, height, orientation: 1 },
    // Transparent colours, and screens that the frame does not cover, are both common.
    opaque: false,
    features: [],
  });
}

/**
 *     "GIF89a" | screen width u16, height u16, flags, background, aspect | palette
 *     then blocks: 21 label sub-blocks (extension), 2C (picture), 3B (end)
 */
export function findFirstFrame(bytes: Uint8Array): ImageResult<GifFrame> {
  if (bytes.length < 13) return corrupt('the GIF ends inside its header');
  const screenWidth = u16le(bytes, 6);
  const screenHeight = u16le(bytes, 8);
  if (screenWidth === 0 || screenHeight === 0) {
    return corrupt(`the GIF says ${screenWidth}x${screenHeight} pixels`);
  }
  let at = 13 + paletteBytes(bytes[10]!);
  while (at < bytes.length) {
    const block = bytes[at]!;
    if (block === EXTENSION) at = endOfSubBlocks(bytes, at + 2);
    else if (block === DESCRIPTOR) return readFrame(bytes, at, screenWidth, screenHeight);
    else if (block === TRAILER) return corrupt('the GIF has no picture');
    else return corrupt(`unknown GIF block ${block}`);
  }
  return corrupt('the GIF ends before its picture');
}

const EXTENSION = 0x21;
const DESCRIPTOR = 0x2c;
const TRAILER = 0x3b;

/** 2C | left, top, width, height u16 | flags | palette | code size u8 | sub-blocks */
function readFrame(
  bytes: Uint8Array,
  at: number,
  screenWidth: number,
  screenHeight: number,
): ImageResult<GifFrame> {
  if (at + 10 > bytes.length) return corrupt('the GIF ends inside its picture');
  const left = u16le(bytes, at + 1);
  const top = u16le(bytes, at + 3);
  const width = u16le(bytes, at + 5);
  const height = u16le(bytes, at + 7);
  if (width === 0 || height === 0)
    return corrupt(`the GIF's picture has ${width}x${height} pixels`);
  const dataAt = at + 10 + paletteBytes(bytes[at + 9]!);
  const codeSize = bytes[dataAt] ?? 0;
  // Codes have at most 12 bits, and the smallest table has two colours and two control codes.
  if (codeSize < 1 || codeSize > 11) return corrupt(`GIF code size ${codeSize}`);
  const end = endOfSubBlocks(bytes, dataAt + 1);
  if (end > bytes.length) return corrupt('the GIF ends inside its picture');
  return ok({
    screenWidth: Math.max(screenWidth, left + width),
    screenHeight: Math.max(screenHeight, top + height),
    left,
    top,
    width,
    height,
    descriptorAt: at,
    end,
    grey: paletteBytes(bytes[10]!) === 0 && paletteBytes(bytes[at + 9]!) === 0,
  });
}

function paletteBytes(flags: number): number {
  return flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0;
}

/** Past the empty sub-block, or past the file's end where there is none. */
function endOfSubBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  while (at < bytes.length) {
    const length = bytes[at]!;
    at += 1 + length;
    if (length === 0) return at;
  }
  return bytes.length + 1;
}
