import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { ImageFailure } from './failure.ts';
import type { ParsedHeader } from './header.ts';

/** One picture's file. The request's own limit is lower; this one guards other entrances. */
export const IMAGE_BYTES_MAX = 32 * 2 ** 20;

/** The largest phone pictures have 50 megapixels; far above that a header is a trap. */
export const IMAGE_PIXELS_MAX = 64_000_000;

/**
 * Pixels times scans of a JPEG: each scan visits every block, and a file of a few kB can have
 * hundreds. An honest progressive file has about ten scans: 33 megapixels of them are 330 million.
 */
export const JPEG_SCAN_PIXELS_MAX = 640_000_000;

/** Times that the scans of a JPEG may visit each of its blocks; honest files stay below 20. */
export const JPEG_BLOCK_VISITS_MAX = 200;

/** Boxes looked at on one level of an AVIF; a still picture has about ten. */
export const AVIF_BOXES_MAX = 256;

/**
 * Instances that grew beyond this are dropped after the decode: WASM memory never shrinks, and an
 * idle one lies outside every reservation. The libraries' WebP and AVIF decoders begin at 17 MB, so
 * none of them is kept; making one takes a few ms.
 */
export const CODEC_RESIDENT_BYTES_MAX = 4_000_000;

/** The same for our own kernels: every baseline JPEG and most PNGs stay far below it. */
export const KERNEL_RESIDENT_BYTES_MAX = 4_000_000;

interface DecodeCost {
  /** WASM memory of an instance that has decoded nothing yet. */
  readonly floorBytes: number;
  /** Measured peak less pixels and file: tables, stack, and memory's growth in steps. */
  readonly fixedBytes: number;
  /** The picture as the library holds it at its peak, RGBA included; no copy is made of that. */
  readonly bytesPerPixel: number;
}

/**
 * Measured as WASM memory after one decode in a fresh instance (Node 24, x86-64): WebP of 2, 3 and
 * 12 megapixels, AVIF of 2.
 */
const DECODE_COSTS = {
  webp: { floorBytes: 17e6, fixedBytes: 3e6, bytesPerPixel: 4.7 },
  webpAlpha: { floorBytes: 17e6, fixedBytes: 3e6, bytesPerPixel: 10 },
  webpLossless: { floorBytes: 17e6, fixedBytes: 3e6, bytesPerPixel: 9 },
  avif: { floorBytes: 17e6, fixedBytes: 8e6, bytesPerPixel: 21.7 },
  // In JavaScript: the picture's indexes, and the screen as RGBA.
  gif: { floorBytes: 0, fixedBytes: 1e5, bytesPerPixel: 5 },
} as const satisfies Record<string, DecodeCost>;

/** Bytes to reserve for a decode, beside the picture's own: a function of the header alone. */
export function decodeBytesNeeded(header: ParsedHeader, fileBytes: number): number {
  const { width, height } = header.stored;
  if (header.format === 'jpeg' || header.format === 'png') return ownBytesNeeded(header, fileBytes);
  const { floorBytes, fixedBytes, bytesPerPixel } = DECODE_COSTS[costKey(header)];
  // Every library gets its own copy of the file.
  const peakBytes = Math.ceil(fixedBytes + width * height * bytesPerPixel + fileBytes);
  return Math.max(floorBytes, peakBytes);
}

/** Of a JPEG in several scans each one's unstuffed bytes, state and at most six Huffman tables. */
const SCAN_BYTES_MAX = 10_000 + 6 * 8704;

/**
 * Our own decoders: what the kernels and the largest crop's tables take; rows of samples (those of
 * two MCU rows of a JPEG, two rows of a PNG) and the rows that are being resampled. Of a JPEG in
 * several scans also the file, each scan's state, and the coefficients of an MCU row with their
 * masks; of an interlaced PNG its RGB. A plan needs only some of that, and the decoders ask for it
 * alone.
 */
function ownBytesNeeded(header: ParsedHeader, fileBytes: number): number {
  const { stored, jpeg, features } = header;
  const { width, height } = stored;
  const rows = 2e6 + 272 * width + 120 * height;
  const interlaced = features.includes('png.interlaced') ? 3 * width * height : 0;
  const scans = jpeg?.sideBySide
    ? fileBytes +
      jpeg.scans * SCAN_BYTES_MAX +
      jpeg.coefficientBytesPerColumn * (1 + 1 / 16) * (width + 32)
    : 0;
  return Math.ceil(rows + interlaced + scans);
}

function costKey({ format, features, opaque }: ParsedHeader): keyof typeof DECODE_COSTS {
  if (format === 'gif' || format === 'avif') return format;
  if (features.includes('webp.lossless')) return 'webpLossless';
  return opaque ? 'webp' : 'webpAlpha';
}

/** Limits that hold whatever the memory: a header beyond them goes no further. */
export function checkHeaderLimits(header: ParsedHeader): Result<void, ImageFailure> {
  const pixels = header.stored.width * header.stored.height;
  if (pixels > IMAGE_PIXELS_MAX) return tooLarge('pixels', IMAGE_PIXELS_MAX, pixels);
  const scanPixels = pixels * (header.jpeg?.scans ?? 1);
  if (scanPixels > JPEG_SCAN_PIXELS_MAX) return tooLarge('scans', JPEG_SCAN_PIXELS_MAX, scanPixels);
  return ok(undefined);
}

export function tooLarge(
  what: Extract<ImageFailure, { code: 'too_large' }>['what'],
  limit: number,
  actual: number,
): Result<never, ImageFailure> {
  return fail({ code: 'too_large', what, limit, actual });
}
