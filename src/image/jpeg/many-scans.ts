import { ok } from '../../result.ts';
import type { Arena } from '../arena.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels, KernelState } from '../kernels.ts';
import { JPEG_BLOCK_VISITS_MAX, tooLarge } from '../limits.ts';
import type { Feed } from './feed.ts';
import type { Frame } from './frame.ts';
import type { PictureLayout } from './picture.ts';
import type { FoundScan, Reading } from './reading.ts';
import { nextScan } from './reading.ts';
import type { Scan } from './scan.ts';
import type { McuGrid, TableUse } from './scan-setup.ts';
import { buildScanTables, mcuGrid, runToEnd, writeQuantisation } from './scan-setup.ts';

/** What scans leave for the end: coefficients of needed blocks, and for progressive ones masks. */
export interface Store {
  readonly components: readonly ComponentStore[];
  /** Address of bytes of 1: a progressive scan leaves no restart interval unread. */
  readonly everything: number;
}

interface ComponentStore {
  readonly coefficients: number;
  /** 0 for sequential pictures, which do not need them. */
  readonly masks: number;
}

const BLOCK_BYTES = 128;
const MASK_BYTES = 8;

export function layOutStore(layout: PictureLayout, arena: Arena): Store {
  const { frame, needs } = layout;
  const components = frame.components.map(({ blocksWide, blocksHigh }, i) => {
    const { columnCount, rowCount } = needs[i]!;
    return {
      coefficients: arena.reserveZeros(columnCount * rowCount * BLOCK_BYTES),
      masks: frame.progressive ? arena.reserveZeros(blocksWide * blocksHigh * MASK_BYTES) : 0,
    };
  });
  const longest = Math.max(...frame.components.map((c) => Math.max(c.blocksWide, c.blocksHigh)));
  return { components, everything: arena.place(new Uint8Array(longest).fill(1)) };
}

interface Work {
  readonly kernels: ImageKernels;
  readonly layout: PictureLayout;
  readonly store: Store;
  readonly reading: Reading;
  readonly feed: Feed;
}

/** Reads all scans, then makes the pixels of needed blocks, MCU row by MCU row. */
export function decodeManyScans(work: Work, first: FoundScan): ImageResult<void> {
  const { kernels, layout, reading, feed } = work;
  const { frame } = first;
  const blocks = frame.components.reduce((sum, c) => sum + c.blocksWide * c.blocksHigh, 0);
  // Components whose DC has come. Their quantisation tables are those of that moment.
  const seen = new Set<number>();
  let visits = 0;
  let found: FoundScan | undefined = first;
  while (found !== undefined) {
    const { scan } = found;
    const grid = mcuGrid(frame, scan);
    visits += grid.wide * grid.high * grid.blocks.length;
    const visitsMax = blocks * JPEG_BLOCK_VISITS_MAX;
    if (visits > visitsMax) return tooLarge('scans', visitsMax, visits);
    for (const { index } of scan.components) {
      if (seen.has(index)) continue;
      if (scan.first > 0) return corrupt('a JPEG component has AC before DC');
      const written = writeQuantisation(kernels, reading.tables, frame, index);
      if (!written.ok) return written;
      seen.add(index);
    }
    const decoded = decodeScan(work, frame, scan, grid);
    if (!decoded.ok) return decoded;
    reading.at = feed.position();
    const next = nextScan(reading);
    if (!next.ok) return next;
    found = next.value;
  }
  if (seen.size < frame.components.length) return corrupt('a JPEG component has no scan');
  for (let row = 0; row <= layout.lastMcuRow; row++) {
    transformRow(work, row);
    kernels.emitRows(layout.planes.completeRows(row));
  }
  return ok(undefined);
}

function decodeScan(work: Work, frame: Frame, scan: Scan, grid: McuGrid): ImageResult<void> {
  const { kernels, layout, store, reading, feed } = work;
  const built = buildScanTables(kernels, reading.tables, scan, tableUse(frame, scan));
  if (!built.ok) return built;
  for (const [i, { component, dcSlot, acSlot, stepX, x }] of grid.blocks.entries()) {
    kernels.setMcuBlock(i, component, dcSlot, acSlot - 4, component, stepX, x);
  }
  const lone = grid.blocks.length === 1 ? layout.needs[grid.blocks[0]!.component] : undefined;
  const [columns, rows] = frame.progressive
    ? [store.everything, store.everything]
    : [lone?.columnsAt ?? layout.mcuColumns, lone?.rowsAt ?? layout.mcuRows];
  const interval = reading.tables.restartInterval;
  kernels.startScan(grid.wide, grid.high, grid.blocks.length, 1, interval, columns, rows);
  feed.seek(reading.at);
  for (let row = 0; row < grid.high; row++) {
    if (kernels.mcuAt() >= (row + 1) * grid.wide) continue;
    setRow(work, grid, row);
    const decoded = runToEnd(feed, () => decodeRow(kernels, frame, scan, row));
    if (!decoded.ok) return decoded;
  }
  // The last block of a progressive scan may lack bits, which then are zeros as in libjpeg: such
  // files are in use. A block that lacks all of its bits is damage there too.
  if (!frame.progressive && kernels.scanOverrun() === 1) return corrupt('a JPEG scan ends early');
  return ok(undefined);
}

function tableUse({ progressive }: Frame, { first, high }: Scan): TableUse {
  if (!progressive) return { dc: true, ac: 'sequential' };
  if (first === 0) return { dc: high === 0, ac: undefined };
  return { dc: false, ac: high === 0 ? 'progressive' : 'refining' };
}

function setRow({ kernels, layout, store }: Work, grid: McuGrid, row: number): void {
  for (const [i, { component, stepY, y }] of grid.blocks.entries()) {
    const blockRow = row * stepY + y;
    const need = layout.needs[component]!;
    const { coefficients, masks } = store.components[component]!;
    const columns = need.rows[blockRow] === 1 ? need.columnsAt : layout.nothing;
    const to = coefficients + need.rowPlaces[blockRow]! * need.columnCount * BLOCK_BYTES;
    kernels.setBlockRow(i, columns, need.columnPlacesAt, to, 0);
    if (i === 0) kernels.setMaskRow(masks + blockRow * need.columns.length * MASK_BYTES);
  }
}

function decodeRow(kernels: ImageKernels, frame: Frame, scan: Scan, row: number): KernelState {
  const { first, last, high, low } = scan;
  if (!frame.progressive) return kernels.decodeRow(row);
  if (first === 0) return kernels.progressiveDcRow(row, low, high === 0 ? 0 : 1);
  if (high === 0) return kernels.progressiveAcRow(row, first, last, low);
  return kernels.refineAcRow(row, first, last, low);
}

function transformRow({ kernels, layout, store }: Work, row: number): void {
  for (const [i, { v, blocksWide }] of layout.frame.components.entries()) {
    const need = layout.needs[i]!;
    const plane = layout.planes.planes[i]!;
    const { coefficients, masks } = store.components[i]!;
    for (let blockRow = row * v; blockRow < (row + 1) * v; blockRow++) {
      if (need.rows[blockRow] !== 1) continue;
      kernels.idctRow(
        need.columnsAt,
        blocksWide,
        coefficients + need.rowPlaces[blockRow]! * need.columnCount * BLOCK_BYTES,
        masks === 0 ? 0 : masks + blockRow * blocksWide * MASK_BYTES,
        kernels.quantStart() + BLOCK_BYTES * i,
        plane.blockRow(blockRow),
        plane.stride,
      );
    }
  }
}
