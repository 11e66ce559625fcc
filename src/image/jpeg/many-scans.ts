import { ok } from '../../result.ts';
import type { Arena } from '../arena.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels, KernelState } from '../kernels.ts';
import { READY } from '../kernels.ts';
import type { Frame } from './frame.ts';
import type { PictureLayout } from './picture.ts';
import type { Scan } from './scan.ts';
import type { McuGrid } from './scan-setup.ts';
import { buildTable, writeQuantisation } from './scan-setup.ts';
import type { ListedScan, ScanList } from './scans.ts';

/**
 * A picture in several scans, each of which goes over all of it: all of them are read side by side,
 * MCU row by MCU row, so that coefficients of one such row are in memory and not of the picture.
 */
export interface ScansLayout {
  readonly components: readonly ComponentStore[];
  readonly scans: readonly PlacedScan[];
  /** Address of bytes of 1: a progressive scan leaves no restart interval unread. */
  readonly everything: number;
}

interface ComponentStore {
  /** Of needed blocks of one MCU row. */
  readonly coefficients: number;
  /** Of all blocks of it; 0 for sequential pictures, which do not need them. */
  readonly masks: number;
}

interface PlacedScan extends ListedScan {
  /** Where it waits while others are read. */
  readonly state: number;
  readonly clean: number;
  /** Address of each table, by slot. */
  readonly tablesAt: ReadonlyMap<number, number>;
}

const BLOCK_BYTES = 128;
const MASK_BYTES = 8;

/** Unstuffed bytes that a scan holds: more than three MCUs of the largest possible size. */
const CLEAN_BYTES = 8192;

export function layOutScans(
  kernels: ImageKernels,
  layout: PictureLayout,
  { scans }: ScanList,
  arena: Arena,
): ScansLayout {
  const { frame, needs } = layout;
  const components = frame.components.map(({ blocksWide, v }, i) => ({
    coefficients: arena.reserveZeros(needs[i]!.columnCount * v * BLOCK_BYTES),
    masks: frame.progressive ? arena.reserve(blocksWide * v * MASK_BYTES) : 0,
  }));
  const placed = scans.map((listed) => ({
    ...listed,
    state: arena.reserve(kernels.scanBytes()),
    clean: arena.reserve(CLEAN_BYTES),
    tablesAt: new Map(listed.tables.map(({ slot }) => [slot, arena.reserve(kernels.tableBytes())])),
  }));
  const longest = Math.max(...frame.components.map((c) => Math.max(c.blocksWide, c.blocksHigh)));
  return {
    components,
    scans: placed,
    everything: arena.place(new Uint8Array(longest).fill(1)),
  };
}

interface Work {
  readonly kernels: ImageKernels;
  readonly layout: PictureLayout;
  readonly store: ScansLayout;
  /** Where the first scan's data lies in the kernels' memory, and how much follows from there. */
  readonly file: { readonly address: number; readonly bytes: number };
}

/** Reads all scans as far as the plan's last row needs them. */
export function decodeManyScans(
  work: Work,
  quantisation: ScanList['quantisation'],
): ImageResult<void> {
  const { kernels, layout, store } = work;
  const { frame } = layout;
  for (const [i, table] of quantisation.entries()) writeQuantisation(kernels, i, table);
  for (const scan of store.scans) startScan(work, scan);
  for (let row = 0; row <= layout.lastMcuRow; row++) {
    clearMasks(work);
    for (const placed of store.scans) {
      kernels.loadScan(placed.state);
      const decoded = decodeMcuRow(work, placed, row);
      if (!decoded.ok) return decoded;
      kernels.saveScan(placed.state);
    }
    transformRow(work, row);
    kernels.emitRows(layout.planes.completeRows(row));
  }
  // The last block of a progressive scan may lack bits, which then are zeros as in libjpeg: such
  // files are in use. A block that lacks all of its bits is damage there too.
  if (frame.progressive) return ok(undefined);
  const early = store.scans.some(({ state }) => {
    kernels.loadScan(state);
    return kernels.scanOverrun() === 1;
  });
  return early ? corrupt('a JPEG scan ends early') : ok(undefined);
}

function startScan({ kernels, layout, store, file }: Work, placed: PlacedScan): void {
  const { grid, tables, tablesAt, restartInterval, at, clean, state } = placed;
  const { progressive } = layout.frame;
  for (const table of tables) buildTable(kernels, table, tablesAt.get(table.slot)!);
  for (const [i, { component, dcSlot, acSlot, stepX, x }] of grid.blocks.entries()) {
    // A scan without tables of a kind never looks there.
    const [dc, ac] = [tablesAt.get(dcSlot) ?? 0, tablesAt.get(acSlot) ?? 0];
    kernels.setMcuBlock(i, component, dc, ac, stepX, x);
  }
  const lone = grid.blocks.length === 1 ? layout.needs[grid.blocks[0]!.component] : undefined;
  const [columns, rows] = progressive
    ? [store.everything, store.everything]
    : [lone?.columnsAt ?? layout.mcuColumns, lone?.rowsAt ?? layout.mcuRows];
  kernels.startScan(
    grid.wide,
    grid.high,
    grid.blocks.length,
    1,
    restartInterval,
    columns,
    rows,
    clean,
    CLEAN_BYTES,
  );
  kernels.setRaw(file.address + at, file.bytes - at, 1);
  kernels.saveScan(state);
}

/** Blocks without coefficients in any scan have a mask of 0. */
function clearMasks({ kernels, layout, store }: Work): void {
  for (const [i, { blocksWide, v }] of layout.frame.components.entries()) {
    const { masks } = store.components[i]!;
    if (masks === 0) continue;
    new Uint8Array(kernels.memory.buffer, masks, blocksWide * v * MASK_BYTES).fill(0);
  }
}

/** What of the scan lies in an MCU row; a lone component's rows are those of its blocks. */
function decodeMcuRow(work: Work, { scan, grid }: PlacedScan, mcuRow: number): ImageResult<void> {
  const { kernels, layout } = work;
  const { frame } = layout;
  const [lone, ...others] = scan.components;
  const rows = lone !== undefined && others.length === 0 ? frame.components[lone.index]!.v : 1;
  const end = Math.min((mcuRow + 1) * rows, grid.high);
  for (let row = mcuRow * rows; row < end; row++) {
    if (kernels.mcuAt() >= (row + 1) * grid.wide) continue;
    setRow(work, grid, row);
    if (decodeRow(kernels, frame, scan, row) !== READY) {
      return corrupt('the JPEG data is damaged or ends early');
    }
  }
  return ok(undefined);
}

function setRow({ kernels, layout, store }: Work, { blocks }: McuGrid, row: number): void {
  for (const [i, { component, stepY, y }] of blocks.entries()) {
    const blockRow = row * stepY + y;
    const need = layout.needs[component]!;
    const { coefficients, masks } = store.components[component]!;
    const place = blockRow % layout.frame.components[component]!.v;
    const columns = need.rows[blockRow] === 1 ? need.columnsAt : layout.nothing;
    const to = coefficients + place * need.columnCount * BLOCK_BYTES;
    kernels.setBlockRow(i, columns, need.columnPlacesAt, to, 0);
    if (i === 0) kernels.setMaskRow(masks + place * need.columns.length * MASK_BYTES);
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
    for (let place = 0; place < v; place++) {
      const blockRow = row * v + place;
      if (need.rows[blockRow] !== 1) continue;
      kernels.idctRow(
        need.columnsAt,
        blocksWide,
        coefficients + place * need.columnCount * BLOCK_BYTES,
        masks === 0 ? 0 : masks + place * blocksWide * MASK_BYTES,
        kernels.quantStart() + BLOCK_BYTES * i,
        plane.blockRow(blockRow),
        plane.stride,
      );
    }
  }
}
