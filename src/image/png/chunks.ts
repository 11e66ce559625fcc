import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import { latin1, u16be, u32be } from '../reader.ts';

/** What a PNG's chunks say, as far as pixels depend on it. */
export interface PngFacts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: ColourType;
  readonly interlaced: boolean;
  /** RGB triples. */
  readonly palette: Uint8Array;
  readonly transparency: Uint8Array | undefined;
  /** Payloads of the IDAT chunks; an APNG's other frames lie in chunks of other names. */
  readonly data: readonly Uint8Array[];
}

export const COLOUR_TYPE = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgbAlpha: 6 } as const;
export type ColourType = (typeof COLOUR_TYPE)[keyof typeof COLOUR_TYPE];

/** Signature, and IHDR with its length, type and CRC; `parsePngHeader` has checked both. */
const AFTER_HEADER = 33;

export function readPngChunks(bytes: Uint8Array): ImageResult<PngFacts> {
  let palette = new Uint8Array();
  let transparency: Uint8Array | undefined;
  const data: Uint8Array[] = [];
  let at = AFTER_HEADER;
  while (at + 12 <= bytes.length) {
    const length = u32be(bytes, at);
    const type = latin1(bytes, at + 4, 4);
    if (at + 12 + length > bytes.length) return corrupt(`PNG chunk ${type} ends past the file`);
    const payload = bytes.subarray(at + 8, at + 8 + length);
    if (type === 'IEND') break;
    if (type === 'PLTE') palette = payload.slice(0, 3 * 256);
    if (type === 'tRNS') transparency = payload;
    if (type === 'IDAT' && length > 0) data.push(payload);
    at += 12 + length;
  }
  return ok({
    width: u32be(bytes, 16),
    height: u32be(bytes, 20),
    depth: bytes[24]!,
    colourType: bytes[25]! as ColourType,
    interlaced: bytes[28] === 1,
    palette,
    transparency,
    data,
  });
}

/** The transparent colour of pictures without a palette: r, g, b at full depth. */
export function transparentColour(facts: PngFacts): readonly [number, number, number] | undefined {
  const { transparency, colourType } = facts;
  if (transparency === undefined) return undefined;
  if (colourType === COLOUR_TYPE.grey && transparency.length >= 2) {
    const grey = u16be(transparency, 0);
    return [grey, grey, grey];
  }
  if (colourType === COLOUR_TYPE.rgb && transparency.length >= 6) {
    return [u16be(transparency, 0), u16be(transparency, 2), u16be(transparency, 4)];
  }
  return undefined;
}
