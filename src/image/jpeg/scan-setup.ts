import { ok } from '../../result.ts';
import type { Decoding } from '../byte-input.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels, KernelState } from '../kernels.ts';
import { DAMAGED, READY } from '../kernels.ts';
import type { Feed } from './feed.ts';
import type { Frame } from './frame.ts';
import type { Scan } from './scan.ts';
import { standardTable } from './standard-tables.ts';
import type { Tables } from './tables.ts';

/** How a scan walks its components' blocks. */
export interface McuGrid {
  readonly wide: number;
  readonly high: number;
  readonly blocks: readonly McuBlock[];
}

export interface McuBlock {
  /** Index of the component in the frame. */
  readonly component: number;
  readonly dcSlot: number;
  readonly acSlot: number;
  /** Block columns and rows an MCU moves on, and the block's place in the first MCU. */
  readonly stepX: number;
  readonly stepY: number;
  readonly x: number;
  readonly y: number;
}

/** ITU T.81, A.2: a lone component comes block by block, several come in MCUs. */
export function mcuGrid(frame: Frame, scan: Scan): McuGrid {
  const [lone] = scan.components;
  if (scan.components.length === 1 && lone !== undefined) {
    const { width, height } = frame.components[lone.index]!;
    const { index: component, dcSlot, acSlot } = lone;
    const block = { component, dcSlot, acSlot, stepX: 1, stepY: 1, x: 0, y: 0 };
    return { wide: Math.ceil(width / 8), high: Math.ceil(height / 8), blocks: [block] };
  }
  const blocks: McuBlock[] = [];
  for (const { index, dcSlot, acSlot } of scan.components) {
    const { h, v } = frame.components[index]!;
    for (let y = 0; y < v; y++) {
      for (let x = 0; x < h; x++) {
        blocks.push({ component: index, dcSlot, acSlot, stepX: h, stepY: v, x, y });
      }
    }
  }
  return { wide: frame.mcusWide, high: frame.mcusHigh, blocks };
}

/** Which Huffman tables a scan reads, and how buildHuffman is to fill them. */
export interface TableUse {
  readonly dc: boolean;
  readonly ac: 'sequential' | 'progressive' | 'refining' | undefined;
}

const HUFFMAN_KIND = { sequential: 0, progressive: 1, dc: 2, refining: 3 } as const;

/** One Huffman table that a scan reads: counts and symbols, and how buildHuffman fills it. */
export interface ScanTable {
  readonly slot: number;
  readonly spec: Uint8Array;
  readonly kind: number;
}

/** The tables as they stand now: later markers may replace them. */
export function scanTables(
  tables: Tables,
  scan: Scan,
  use: TableUse,
): ImageResult<readonly ScanTable[]> {
  const slots = new Map<number, number>();
  for (const { dcSlot, acSlot } of scan.components) {
    if (use.dc) slots.set(dcSlot, HUFFMAN_KIND.dc);
    if (use.ac !== undefined) slots.set(acSlot, HUFFMAN_KIND[use.ac]);
  }
  const found: ScanTable[] = [];
  for (const [slot, kind] of slots) {
    // Motion JPEG leaves the standard tables out, and libjpeg puts them in.
    const spec = tables.huffman[slot] ?? standardTable(slot);
    if (spec === undefined) return corrupt(`a JPEG scan uses Huffman table ${slot}, not given`);
    found.push({ slot, spec, kind });
  }
  return ok(found);
}

export function buildTable(kernels: ImageKernels, { spec, kind }: ScanTable, to: number): void {
  new Uint8Array(kernels.memory.buffer, kernels.huffmanSpecStart(), spec.length).set(spec);
  kernels.buildHuffman(to, kind);
}

/** A component's quantisation table; it keeps the first one for all of its scans. */
export function quantisationOf(
  tables: Tables,
  frame: Frame,
  index: number,
): ImageResult<Uint16Array> {
  const number = frame.components[index]!.quantTable;
  const table = tables.quantisation[number];
  if (table === undefined) return corrupt(`JPEG quantisation table ${number} is not given`);
  return ok(table);
}

export function writeQuantisation(kernels: ImageKernels, index: number, table: Uint16Array): void {
  new Uint16Array(kernels.memory.buffer, kernels.quantStart() + 128 * index, 64).set(table);
}

/** Calls a kernel until it is done, with a new window of the file whenever it asks for one. */
export function* runToEnd(feed: Feed, kernel: () => KernelState): Decoding<ImageResult<void>> {
  for (;;) {
    const state = kernel();
    if (state === READY) return ok(undefined);
    if (state === DAMAGED) return corrupt('the JPEG data is damaged or ends early');
    yield* feed.next();
  }
}
