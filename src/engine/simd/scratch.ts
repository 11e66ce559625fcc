import {
  ALIGN_BYTES,
  MATRIX_GAP_BYTES,
  PIXEL_BLOCK_BYTES,
  STEM_BLOCK_TILES,
  TILE_BLOCK_BYTES,
  TILE_BLOCK_STRIDE2_BYTES,
} from './limits.ts';
import type { ConvStep, DenseStep, Net } from './net.ts';
import { at, pitchOf, roundUp } from './net.ts';

/** Buffers of one step, as offsets from the scratch area; all steps share the area. */
export interface DirectScratch {
  readonly depth: number;
  /** Pixels of one block. */
  readonly block: number;
  /** Size of the padded image, or null where the activation is read as it is. */
  readonly padded: { readonly height: number; readonly width: number } | null;
  readonly image: number;
  readonly pixels: number;
  readonly panel: number;
  /** Sums of pixels, for Strassen. */
  readonly sums: number;
  readonly bytes: number;
}

export interface TileScratch {
  readonly padded: { readonly height: number; readonly width: number };
  /** Tiles of one block. */
  readonly block: number;
  readonly image: number;
  readonly v: number;
  readonly u: number;
  readonly m: number;
  readonly bytes: number;
}

export interface StemScratch {
  readonly padded: { readonly height: number; readonly width: number };
  readonly rows: number;
  readonly columns: number;
  readonly image: number;
  readonly phases: number;
  readonly v: number;
  readonly m: number;
  readonly bytes: number;
}

/** Hands out aligned ranges, each with room for a vector that runs over its end. */
function ranges(): { take(bytes: number): number; readonly bytes: number } {
  let top = 0;
  return {
    take(bytes) {
      const start = top;
      top = roundUp(start + bytes, ALIGN_BYTES) + ALIGN_BYTES;
      return start;
    },
    get bytes() {
      return top;
    },
  };
}

export function depthOf(net: Net, step: ConvStep | DenseStep): number {
  return roundUp(step.kernel[0] * step.kernel[1] * pitchOf(net, step.x), 4);
}

export function directScratch(net: Net, step: ConvStep): DirectScratch {
  const x = at(net.activations, step.x);
  const y = at(net.activations, step.y);
  const [top, left, bottom, right] = step.pads;
  const depth = depthOf(net, step);
  const count = y.height * y.width;
  const fits = Math.floor(PIXEL_BLOCK_BYTES / (depth * 2)) & ~3;
  const block = Math.min(count, Math.max(4, fits));
  const pads = step.pads.some((pad) => pad > 0);
  const padded = pads ? { height: x.height + top + bottom, width: x.width + left + right } : null;
  const range = ranges();
  const image = range.take(padded ? padded.height * padded.width * pitchOf(net, step.x) : 0);
  const pixels = range.take(block * depth * 2);
  const strassen = step.algorithm === 'strassen';
  const panel = range.take(depth * (strassen ? 64 : 16));
  const sums = range.take(strassen ? block * depth * 2 + 4 * MATRIX_GAP_BYTES : 0);
  return { depth, block, padded, image, pixels, panel, sums, bytes: range.bytes };
}

/** Packed pixels times panels, with or without Strassen. */
export function isProduct(step: ConvStep): boolean {
  return step.algorithm === 'direct' || step.algorithm === 'strassen';
}

/** Both halves of the depth in whole vectors, both halves of the channels in whole panels. */
export function strassenFits(net: Net, step: ConvStep): boolean {
  const { channels } = at(net.activations, step.y);
  return depthOf(net, step) % 16 === 0 && roundUp(channels, 8) % 16 === 0;
}

/** One row of pixels, i16, and the f32 results. */
export function denseScratch(
  net: Net,
  step: DenseStep,
): { pixels: number; out: number; bytes: number } {
  const range = ranges();
  const pixels = range.take(depthOf(net, step) * 2);
  const out = range.take(roundUp(step.classes, 8) * 4);
  return { pixels, out, bytes: range.bytes };
}

/** Outputs of a tile's edge, input pixels from tile to tile and beyond, matrices and products. */
interface TileShape {
  readonly outputs: number;
  readonly step: number;
  readonly edge: number;
  readonly matrices: number;
  /** Products of one tile over all matrices: those of stride 2 are not all of one size. */
  readonly products: number;
  readonly budget: number;
}

const TILES: Readonly<Record<'winograd' | 'winograd2' | 'stride2', TileShape>> = {
  winograd: {
    ...{ outputs: 4, step: 4, edge: 2, matrices: 36, products: 36 },
    budget: TILE_BLOCK_BYTES,
  },
  winograd2: {
    ...{ outputs: 2, step: 2, edge: 2, matrices: 16, products: 16 },
    budget: TILE_BLOCK_BYTES,
  },
  stride2: {
    ...{ outputs: 4, step: 8, edge: 1, matrices: 36, products: 25 + 20 + 20 + 16 },
    budget: TILE_BLOCK_STRIDE2_BYTES,
  },
};

export function tileScratch(net: Net, step: ConvStep): TileScratch {
  const { algorithm } = step;
  if (algorithm === 'direct' || algorithm === 'strassen' || algorithm === 'stem') {
    throw new RangeError(`scratch: ${algorithm} has no tiles`);
  }
  const tile = TILES[algorithm];
  const x = at(net.activations, step.x);
  const y = at(net.activations, step.y);
  const channels = pitchOf(net, step.x);
  const down = Math.ceil(y.height / tile.outputs);
  const across = Math.ceil(y.width / tile.outputs);
  const [top, left] = step.pads;
  // The image may end later than the last tile reads.
  const padded = {
    height: Math.max(down * tile.step + tile.edge, x.height + top),
    width: Math.max(across * tile.step + tile.edge, x.width + left),
  };
  const fits = Math.floor(tile.budget / (tile.products * 2 * channels)) & ~3;
  const block = Math.min(down * across, Math.max(4, fits));
  const gaps = tile.matrices * MATRIX_GAP_BYTES;
  const range = ranges();
  const image = range.take(padded.height * padded.width * channels);
  const v = range.take(tile.products * 2 * block * channels + gaps);
  const u = range.take(tile.matrices * 16 * channels + gaps);
  const m = range.take(tile.products * 32 * block + gaps);
  return { padded, block, image, v, u, m, bytes: range.bytes };
}

export function stemScratch(net: Net, step: ConvStep): StemScratch {
  const x = at(net.activations, step.x);
  const y = at(net.activations, step.y);
  const [top, left] = step.pads;
  // Tiles of 3x3 outputs read 6x6 phase pixels; a phase pixel is 2x2 of the image.
  const rows = Math.ceil(y.height / 3) * 3 + 3;
  const columns = Math.ceil(y.width / 3) * 3 + 3;
  const padded = {
    height: Math.max(rows * 2, x.height + top),
    width: Math.max(columns * 2, x.width + left),
  };
  const matrices = 36 * (STEM_BLOCK_TILES * 32 + MATRIX_GAP_BYTES);
  const range = ranges();
  const image = range.take(padded.height * padded.width * 3);
  const phases = range.take(rows * columns * 24);
  const v = range.take(matrices);
  const m = range.take(matrices);
  return { padded, rows, columns, image, phases, v, m, bytes: range.bytes };
}
