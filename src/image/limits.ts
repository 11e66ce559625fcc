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

/** Instances that grew beyond this are dropped after the decode: WASM memory never shrinks. */
export const CODEC_RESIDENT_BYTES_MAX = 32_000_000;

/** The same for our own kernels: a one-scan JPEG takes about 1 MB, two of a kind follow often. */
export const KERNEL_RESIDENT_BYTES_MAX = 4_000_000;

/** What the smallest decode takes: the emscripten libraries begin with 16 MiB of memory. */
const DECODE_FLOOR_BYTES = 2 ** 24;

/**
 * WASM bytes a pixel at the peak of a decode, measured with 2 and 12 megapixel pictures, and the
 * RGBA copy that the library hands to JavaScript (PNG is read where it lies).
 */
const BYTES_PER_PIXEL = {
  jpeg: { wasm: 4.1, copy: 4 },
  png: { wasm: 9.9, copy: 0 },
  webp: { wasm: 4.7, copy: 4 },
  webpLossless: { wasm: 9, copy: 4 },
  avif: { wasm: 21.7, copy: 4 },
  // In JavaScript: frame indexes, the frame as RGBA and the screen as RGBA.
  gif: { wasm: 0, copy: 9 },
} as const;

/** Bytes to reserve for a decode, beside the picture's own: a function of the header alone. */
export function decodeBytesNeeded(header: ParsedHeader, fileBytes: number): number {
  const { width, height } = header.stored;
  const lossless = header.features.includes('webp.lossless');
  const cost = BYTES_PER_PIXEL[lossless ? 'webpLossless' : header.format];
  const coefficients = header.jpeg?.coefficientBytesPerPixel ?? 0;
  const perPixel = cost.wasm + cost.copy + coefficients;
  // Every library gets its own copy of the file.
  return Math.max(DECODE_FLOOR_BYTES, Math.ceil(width * height * perPixel)) + fileBytes;
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
