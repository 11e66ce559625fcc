import { ok } from '../../result.ts';
import type { ByteInput, Decoding } from '../byte-input.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import { latin1, u16be, u32be } from '../reader.ts';
import { createByteReader } from './byte-reader.ts';

/** What a PNG's chunks say before its data, as far as pixels depend on it. */
export interface PngFacts {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly colourType: ColourType;
  readonly interlaced: boolean;
  /** RGB triples. */
  readonly palette: Uint8Array;
  readonly transparency: Uint8Array | undefined;
}

export const COLOUR_TYPE = { grey: 0, rgb: 2, palette: 3, greyAlpha: 4, rgbAlpha: 6 } as const;
export type ColourType = (typeof COLOUR_TYPE)[keyof typeof COLOUR_TYPE];

/** A PNG that is being read, chunk by chunk. */
export interface PngChunks {
  /** Reads on to the data. */
  facts(): Decoding<ImageResult<PngFacts>>;
  /** Fills `target` with data, as one stream; returns how much there was before its end. */
  data(target: Uint8Array): Decoding<number>;
  /** No data follow. */
  ended(): boolean;
}

/** Signature, and IHDR with its length, type and CRC; `parsePngHeader` has checked both. */
const HEADER_BYTES = 33;
/** The longest chunk that is looked into: a palette. */
const PAYLOAD_BYTES_MAX = 3 * 256;
const CRC_BYTES = 4;

export function createPngChunks(input: ByteInput): PngChunks {
  const { read, skip } = createByteReader(input);
  let left = 0;
  let over = false;

  /** Type of the next chunk; `left` are its bytes. IEND where the file ends. */
  function* begin(): Decoding<string> {
    const head = yield* read(8);
    if (head.length < 8) return 'IEND';
    left = u32be(head, 0);
    return latin1(head, 4, 4);
  }

  /** To the next chunk with data. */
  function* seekData(): Decoding<void> {
    while (left === 0 && !over) {
      yield* skip(CRC_BYTES);
      const type = yield* begin();
      if (type === 'IDAT') continue;
      over = type === 'IEND';
      yield* skip(left);
      left = 0;
    }
  }

  return {
    *facts() {
      const header = yield* read(HEADER_BYTES);
      let palette = new Uint8Array();
      let transparency: Uint8Array | undefined;
      for (;;) {
        const type = yield* begin();
        if (type === 'IDAT') break;
        if (type === 'IEND') return corrupt('the PNG has no picture data');
        const wanted = type === 'PLTE' || type === 'tRNS';
        const payload = yield* read(wanted ? Math.min(left, PAYLOAD_BYTES_MAX) : 0);
        if (type === 'PLTE') palette = payload.slice();
        if (type === 'tRNS') transparency = payload;
        yield* skip(left - payload.length + CRC_BYTES);
      }
      return toFacts(header, palette, transparency);
    },
    *data(target) {
      let filled = 0;
      for (;;) {
        if (left === 0) yield* seekData();
        if (over) return filled;
        const taken = input.take(target.subarray(filled, filled + left));
        filled += taken;
        left -= taken;
        if (filled === target.length) return filled;
        over = input.ended();
        if (left > 0 && !over) yield;
      }
    },
    ended: () => over,
  };
}

function toFacts(
  header: Uint8Array,
  palette: Uint8Array,
  transparency: Uint8Array | undefined,
): ImageResult<PngFacts> {
  const colourType = header[25]! as ColourType;
  if (colourType === COLOUR_TYPE.palette && palette.length === 0) {
    return corrupt('the PNG has no palette before its data');
  }
  return ok({
    width: u32be(header, 16),
    height: u32be(header, 20),
    depth: header[24]!,
    colourType,
    interlaced: header[28] === 1,
    palette,
    transparency,
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
