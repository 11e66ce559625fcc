import { ok } from '../result.ts';
import type { RgbaPixels } from './codec.ts';
import type { ImageResult } from './failure.ts';
import { corrupt } from './failure.ts';
import type { GifFrame } from './gif-header.ts';
import { findFirstFrame } from './gif-header.ts';
import { decodeLzw } from './gif-lzw.ts';

/**
 * The first picture of a GIF on its logical screen; what it does not cover is transparent.
 *
 * Our own, because omggif, the usual library, draws pictures that are larger than the screen out
 * of place, fills missing data with colour 0, and tells neither but on the console.
 */
export function decodeGif(file: Uint8Array): ImageResult<RgbaPixels> {
  const found = findFirstFrame(file);
  if (!found.ok) return found;
  const frame = found.value;
  const indexes = new Uint8Array(frame.width * frame.height);
  const written = decodeLzw(file, frame.dataAt, frame.codeSize, indexes);
  if (written < indexes.length) return corrupt('the GIF has not enough data for its picture');
  return ok(paint(indexes, frame));
}

function paint(indexes: Uint8Array, frame: GifFrame): RgbaPixels {
  const { screenWidth, screenHeight, left, top, width, height, transparent } = frame;
  const colours = frame.palette ?? greyLevels();
  const rgba = new Uint8Array(screenWidth * screenHeight * 4);
  const rows = frame.interlaced ? interlacedRows(height) : undefined;
  for (let y = 0; y < height; y++) {
    let at = ((top + (rows?.[y] ?? y)) * screenWidth + left) * 4;
    for (let x = 0; x < width; x++, at += 4) {
      const index = indexes[y * width + x]!;
      if (index === transparent) continue;
      // Indexes beyond the palette are black, as in Pillow.
      rgba[at] = colours[index * 3] ?? 0;
      rgba[at + 1] = colours[index * 3 + 1] ?? 0;
      rgba[at + 2] = colours[index * 3 + 2] ?? 0;
      rgba[at + 3] = 255;
    }
  }
  return { width: screenWidth, height: screenHeight, rgba };
}

/** GIF89a, appendix E: every 8th row, then those between, 4 and 2 apart, then the odd ones. */
function interlacedRows(height: number): readonly number[] {
  const rows: number[] = [];
  for (const [first, step] of [
    [0, 8],
    [4, 8],
    [2, 4],
    [1, 2],
  ] as const) {
    for (let row = first; row < height; row += step) rows.push(row);
  }
  return rows;
}

function greyLevels(): Uint8Array {
  return Uint8Array.from({ length: 768 }, (_, i) => Math.floor(i / 3));
}
