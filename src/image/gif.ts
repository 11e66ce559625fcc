import { GifReader } from 'omggif';
import { ok } from '../result.ts';
import type { RgbaPixels } from './codec.ts';
import type { ImageResult } from './failure.ts';
import { corrupt } from './failure.ts';
import type { GifFrame } from './gif-header.ts';
import { findFirstFrame } from './gif-header.ts';

/** The first picture of a GIF on its logical screen; what it does not cover is transparent. */
export function decodeGif(file: Uint8Array): ImageResult<RgbaPixels> {
  const found = findFirstFrame(file);
  if (!found.ok) return found;
  const frame = found.value;
  const picture = new Uint8Array(frame.width * frame.height * 4);
  try {
    new GifReader(frameAlone(file, frame)).decodeAndBlitFrameRGBA(0, picture);
  } catch {
    // omggif throws plain Errors for data it cannot read, and nothing else runs in here.
    return corrupt('the GIF could not be read');
  }
  return ok(placeOnScreen(picture, frame));
}

/**
 * The file up to the end of its first picture, with the screen made as large as that picture:
 * omggif draws outside of its canvas when a picture is larger than the screen.
 */
function frameAlone(file: Uint8Array, frame: GifFrame): Uint8Array {
  const alone = frame.grey ? withGreyPalette(file, frame) : file.slice(0, frame.end);
  const { width, height } = frame;
  alone.set([width & 255, width >> 8, height & 255, height >> 8], 6);
  const placeAt = alone.length - frame.end + frame.descriptorAt + 1;
  alone.fill(0, placeAt, placeAt + 4);
  return alone;
}

const HEADER_BYTES = 13;
const GLOBAL_PALETTE_OF_256 = 0x87;

function withGreyPalette(file: Uint8Array, frame: GifFrame): Uint8Array {
  const alone = new Uint8Array(frame.end + 768);
  alone.set(file.subarray(0, HEADER_BYTES));
  alone[10] = GLOBAL_PALETTE_OF_256;
  for (let i = 0; i < 768; i++) alone[HEADER_BYTES + i] = Math.floor(i / 3);
  alone.set(file.subarray(HEADER_BYTES, frame.end), HEADER_BYTES + 768);
  return alone;
}

function placeOnScreen(picture: Uint8Array, frame: GifFrame): RgbaPixels {
  const { screenWidth, screenHeight, left, top, width, height } = frame;
  const whole = left === 0 && top === 0 && width === screenWidth && height === screenHeight;
  if (whole) return { width, height, rgba: picture };
  const rgba = new Uint8Array(screenWidth * screenHeight * 4);
  for (let y = 0; y < height; y++) {
    const row = picture.subarray(y * width * 4, (y + 1) * width * 4);
    rgba.set(row, ((top + y) * screenWidth + left) * 4);
  }
  return { width: screenWidth, height: screenHeight, rgba };
}
