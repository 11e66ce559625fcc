import { ok } from '../result.ts';
import { exifOrientation } from './exif.ts';
import type { ImageResult } from './failure.ts';
import { corrupt, unsupported } from './failure.ts';
import type { ImageFeature, ParsedHeader } from './header.ts';
import type { Orientation } from './orientation.ts';
import { latin1, u32be } from './reader.ts';

/**
 * Walks a PNG's chunks: length u32, type, data, CRC u32. IHDR is checked in full, because the
 * decoding library checks neither its CRC nor all of its values. Text and profiles are not opened.
 */
export function parsePngHeader(bytes: Uint8Array): ImageResult<ParsedHeader> {
  const first = latin1(bytes, 12, 4);
  if (first === 'CgBI') return unsupported('PNG', 'png.cgbi');
  if (first !== 'IHDR' || u32be(bytes, 8) !== 13 || bytes.length < 33) {
    return corrupt('the PNG does not begin with its header');
  }
  if (crc32(bytes.subarray(12, 29)) !== u32be(bytes, 29)) {
    return corrupt('the PNG header does not match its checksum');
  }
  const width = u32be(bytes, 16);
  const height = u32be(bytes, 20);
  const [depth, colour, compression, filter, interlace] = bytes.subarray(24, 29);
  if (width === 0 || height === 0 || width > EDGE_MAX || height > EDGE_MAX) {
    return corrupt(`the PNG header says ${width}x${height} pixels`);
  }
  if (!DEPTHS.get(colour!)?.includes(depth!)) {
    return corrupt(`the PNG header says colour type ${colour} with ${depth} bits`);
  }
  if (compression !== 0 || filter !== 0 || interlace! > 1) {
    return corrupt('the PNG header names an unknown compression, filter or interlace');
  }
  const chunks = walkChunks(bytes);
  if (!chunks.ok) return chunks;
  const { types, orientation } = chunks.value;
  if (!types.has('IDAT')) return corrupt('the PNG has no picture data');
  if (colour === PALETTE && !types.has('PLTE')) return corrupt('the PNG has no palette');
  const features: ImageFeature[] = [];
  if (interlace === 1) features.push('png.interlaced');
  if (depth === 16) features.push('png.16bit');
  if (colour === PALETTE) features.push('png.palette');
  if (types.has('acTL')) features.push('png.animated');
  return ok({
    format: 'png',
    stored: { width, height, orientation },
    opaque: (colour! & ALPHA_BIT) === 0 && !types.has('tRNS'),
    features,
  });
}

/** PNG (third edition), 11.1.1: lengths are below 2^31. */
const EDGE_MAX = 2 ** 31 - 1;
const PALETTE = 3;
const ALPHA_BIT = 4;

/** Bit depths by colour type: grey, RGB, palette, grey with alpha, RGB with alpha. */
const DEPTHS: ReadonlyMap<number, readonly number[]> = new Map([
  [0, [1, 2, 4, 8, 16]],
  [2, [8, 16]],
  [3, [1, 2, 4, 8]],
  [4, [8, 16]],
  [6, [8, 16]],
]);

interface Chunks {
  readonly types: ReadonlySet<string>;
  readonly orientation: Orientation;
}

function walkChunks(bytes: Uint8Array): ImageResult<Chunks> {
  const types = new Set<string>();
  let orientation: Orientation = 1;
  let at = 33;
  while (at + 12 <= bytes.length) {
    const length = u32be(bytes, at);
    const type = latin1(bytes, at + 4, 4);
    if (at + 12 + length > bytes.length) return corrupt(`PNG chunk ${type} ends past the file`);
    if (TYPES.has(type)) types.add(type);
    if (type === 'IEND') break;
    if (type === 'eXIf') orientation = exifOrientation(bytes.subarray(at + 8, at + 8 + length));
    at += 12 + length;
  }
  return ok({ types, orientation });
}

/** Chunks whose presence matters; a file may have any number of others. */
const TYPES: ReadonlySet<string> = new Set(['PLTE', 'IDAT', 'tRNS', 'acTL', 'IEND']);

/** ISO 3309, bit by bit: only the header's 17 bytes are ever checked, so a table would not pay. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}
