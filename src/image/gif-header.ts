import { ok } from '../result.ts';
import type { ImageResult } from './failure.ts';
import { corrupt } from './failure.ts';
import type { ParsedHeader } from './header.ts';
import { u16le } from './reader.ts';

/** The first picture of a GIF, where it lies in the file and on the screen. */
export interface GifFrame {
  /** The logical screen, extended where the picture does not fit into it, as Pillow does. */
  readonly screenWidth: number;
  readonly screenHeight: number;
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly interlaced: boolean;
  /** RGB triples; without a palette indexes are grey levels. */
  readonly palette: Uint8Array | undefined;
  /** The index that shows what is behind the picture; -1 for none. */
  readonly transparent: number;
  /** LZW's smallest code size, and the first of its sub-blocks. */
  readonly codeSize: number;
  readonly dataAt: number;
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
  const palette = readPalette(bytes, 13, bytes[10]!);
  const screen: Screen = { width: screenWidth, height: screenHeight, palette };
  let transparent = -1;
  let at = 13 + (palette?.length ?? 0);
  while (at < bytes.length) {
    const block = bytes[at]!;
    if (block === DESCRIPTOR) return readFrame(bytes, at, screen, transparent);
    if (block === TRAILER) return corrupt('the GIF has no picture');
    if (block !== EXTENSION) return corrupt(`unknown GIF block ${block}`);
    if (bytes[at + 1] === GRAPHIC_CONTROL) {
      // 21 F9 | 4 | flags | delay u16 | transparent index | 0
      transparent = (bytes[at + 3] ?? 0) & 1 ? (bytes[at + 6] ?? -1) : -1;
    }
    at = endOfSubBlocks(bytes, at + 2);
  }
  return corrupt('the GIF ends before its picture');
}

const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const DESCRIPTOR = 0x2c;
const TRAILER = 0x3b;

interface Screen {
  readonly width: number;
  readonly height: number;
  readonly palette: Uint8Array | undefined;
}

/** 2C | left, top, width, height u16 | flags | palette | code size u8 | sub-blocks */
function readFrame(
  bytes: Uint8Array,
  at: number,
  screen: Screen,
  transparent: number,
): ImageResult<GifFrame> {
  if (at + 10 > bytes.length) return corrupt('the GIF ends inside its picture');
  const left = u16le(bytes, at + 1);
  const top = u16le(bytes, at + 3);
  const width = u16le(bytes, at + 5);
  const height = u16le(bytes, at + 7);
  const flags = bytes[at + 9]!;
  if (width === 0 || height === 0)
    return corrupt(`the GIF's picture has ${width}x${height} pixels`);
  const own = readPalette(bytes, at + 10, flags);
  const sizeAt = at + 10 + (own?.length ?? 0);
  const codeSize = bytes[sizeAt] ?? 0;
  // Codes have at most 12 bits, and indexes are bytes.
  if (codeSize < 1 || codeSize > 8) return corrupt(`GIF code size ${codeSize}`);
  if (endOfSubBlocks(bytes, sizeAt + 1) > bytes.length) {
    return corrupt('the GIF ends inside its picture');
  }
  return ok({
    screenWidth: Math.max(screen.width, left + width),
    screenHeight: Math.max(screen.height, top + height),
    left,
    top,
    width,
    height,
    interlaced: (flags & 0x40) !== 0,
    palette: own ?? screen.palette,
    transparent,
    codeSize,
    dataAt: sizeAt + 1,
  });
}

function readPalette(bytes: Uint8Array, at: number, flags: number): Uint8Array | undefined {
  return flags & 0x80 ? bytes.subarray(at, at + 3 * 2 ** ((flags & 7) + 1)) : undefined;
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
