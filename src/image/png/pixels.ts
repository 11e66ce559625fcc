import { overWhite } from '../sample.ts';
import type { PngFacts } from './chunks.ts';
import { COLOUR_TYPE, transparentColour } from './chunks.ts';

/** How assembly/png.ts turns a pixel into RGB. */
export interface PixelFormat {
  readonly kind: number;
  readonly channels: number;
  /** RGB of every index, for pixels of up to 8 bits that choose one. */
  readonly table: Uint8Array;
  /** The transparent colour at full depth, or -1s. */
  readonly key: readonly [number, number, number];
}

/** As assembly/png.ts numbers them. */
const KIND = { table: 0, rgb: 1, rgbAlpha: 2, greyAlpha: 3, grey: 4 } as const;
const NO_KEY = [-1, -1, -1] as const;

export function pixelFormat(facts: PngFacts): PixelFormat {
  const { colourType, depth } = facts;
  const key = transparentColour(facts) ?? NO_KEY;
  const table = new Uint8Array();
  switch (colourType) {
    case COLOUR_TYPE.palette:
      return { kind: KIND.table, channels: 1, table: paletteTable(facts), key: NO_KEY };
    case COLOUR_TYPE.grey:
      return depth === 16
        ? { kind: KIND.grey, channels: 1, table, key }
        : { kind: KIND.table, channels: 1, table: greyTable(depth, key[0]), key: NO_KEY };
    case COLOUR_TYPE.rgb:
      return { kind: KIND.rgb, channels: 3, table, key };
    case COLOUR_TYPE.greyAlpha:
      return { kind: KIND.greyAlpha, channels: 2, table, key: NO_KEY };
    case COLOUR_TYPE.rgbAlpha:
      return { kind: KIND.rgbAlpha, channels: 4, table, key: NO_KEY };
  }
}

/** The palette on white. Indexes beyond it are black, as in libpng's readers. */
function paletteTable({ palette, transparency }: PngFacts): Uint8Array {
  const table = new Uint8Array(3 * 256);
  table.set(palette);
  transparency?.subarray(0, palette.length / 3).forEach((alpha, index) => {
    for (let i = 3 * index; i < 3 * index + 3; i++) table[i] = overWhite(table[i]!, alpha);
  });
  return table;
}

/** Grey of 1 to 8 bits, spread over 0 to 255; the transparent one is white. */
function greyTable(depth: number, transparent: number): Uint8Array {
  const last = 2 ** depth - 1;
  const table = new Uint8Array(3 * 256);
  for (let value = 0; value <= last; value++) {
    const grey = value === transparent ? 255 : (value * 255) / last;
    table.fill(grey, 3 * value, 3 * value + 3);
  }
  return table;
}
