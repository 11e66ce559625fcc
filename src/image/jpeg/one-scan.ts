import { ok } from '../../result.ts';
import type { Decoding } from '../byte-input.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels } from '../kernels.ts';
import type { Feed } from './feed.ts';
import type { PictureLayout } from './picture.ts';
import type { Scan } from './scan.ts';
import type { McuGrid } from './scan-setup.ts';
import {
  buildTable,
  mcuGrid,
  quantisationOf,
  runToEnd,
  scanTables,
  writeQuantisation,
} from './scan-setup.ts';
import type { Tables } from './tables.ts';

interface Work {
  readonly kernels: ImageKernels;
  readonly layout: PictureLayout;
  readonly tables: Tables;
  readonly feed: Feed;
}

/**
 * A picture whose only scan holds all components: MCU rows become pixels as they come, and only
 * two of them are in memory. Stops after the last row that the plan touches.
 */
export function* decodeOneScan(work: Work, scan: Scan): Decoding<ImageResult<void>> {
  const { kernels, layout, feed } = work;
  const { planes } = layout;
  const grid = mcuGrid(layout.frame, scan);
  const started = startScan(work, scan, grid);
  if (!started.ok) return started;
  feed.lend();
  for (let row = 0; row <= layout.lastMcuRow; row++) {
    // Unneeded restart intervals may reach over whole rows.
    if (kernels.mcuAt() < (row + 1) * grid.wide) {
      setRow(work, grid, row);
      const decoded = yield* runToEnd(feed, () => kernels.decodeRow(row));
      if (!decoded.ok) return decoded;
    }
    kernels.emitRows(planes.completeRows(row));
  }
  return kernels.scanOverrun() === 1 ? corrupt('the JPEG data ends early') : ok(undefined);
}

function startScan(
  { kernels, layout, tables }: Work,
  scan: Scan,
  grid: McuGrid,
): ImageResult<void> {
  const found = scanTables(tables, scan, { dc: true, ac: 'sequential' });
  if (!found.ok) return found;
  const tableAt = (slot: number) => kernels.tablesStart() + slot * kernels.tableBytes();
  for (const table of found.value) buildTable(kernels, table, tableAt(table.slot));
  for (const { index } of scan.components) {
    const quantisation = quantisationOf(tables, layout.frame, index);
    if (!quantisation.ok) return quantisation;
    writeQuantisation(kernels, index, quantisation.value);
  }
  for (const [i, { component, dcSlot, acSlot, stepX, x }] of grid.blocks.entries()) {
    kernels.setMcuBlock(i, component, tableAt(dcSlot), tableAt(acSlot), stepX, x);
  }
  kernels.startScan(
    grid.wide,
    grid.high,
    grid.blocks.length,
    0,
    tables.restartInterval,
    layout.mcuColumns,
    layout.mcuRows,
    kernels.cleanStart(),
    kernels.cleanBytes(),
  );
  return ok(undefined);
}

function setRow({ kernels, layout }: Work, grid: McuGrid, row: number): void {
  for (const [i, block] of grid.blocks.entries()) {
    const need = layout.needs[block.component]!;
    const plane = layout.planes.planes[block.component]!;
    const blockRow = row * block.stepY + block.y;
    const columns = need.rows[blockRow] === 1 ? need.columnsAt : layout.nothing;
    const to = plane.blockRow(blockRow);
    kernels.setBlockRow(i, columns, need.columnPlacesAt, to, plane.stride);
  }
}
