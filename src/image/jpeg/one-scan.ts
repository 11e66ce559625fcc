import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels } from '../kernels.ts';
import type { Feed } from './feed.ts';
import type { PictureLayout } from './picture.ts';
import type { Reading } from './reading.ts';
import type { Scan } from './scan.ts';
import { buildScanTables, mcuGrid, runToEnd, writeQuantisation } from './scan-setup.ts';

interface Work {
  readonly kernels: ImageKernels;
  readonly layout: PictureLayout;
  readonly reading: Reading;
  readonly feed: Feed;
}

/**
 * A picture whose only scan holds all components: MCU rows become pixels as they come, and only
 * two of them are in memory. Stops after the last row that the plan touches.
 */
export function decodeOneScan(work: Work, scan: Scan): ImageResult<void> {
  const { kernels, layout, feed } = work;
  const { frame, needs, planes } = layout;
  const { tables } = work.reading;
  const use = { dc: true, ac: 'sequential' } as const;
  const built = buildScanTables(kernels, tables, scan, use);
  if (!built.ok) return built;
  const grid = mcuGrid(frame, scan);
  for (const [i, block] of grid.blocks.entries()) {
    const { component, dcSlot, acSlot, stepX, x } = block;
    const written = writeQuantisation(kernels, tables, frame, component);
    if (!written.ok) return written;
    kernels.setMcuBlock(i, component, dcSlot, acSlot - 4, component, stepX, x);
  }
  const { mcuColumns, mcuRows, nothing } = layout;
  const { wide, high } = grid;
  const interval = tables.restartInterval;
  feed.seek(work.reading.at);
  kernels.startScan(wide, high, grid.blocks.length, 0, interval, mcuColumns, mcuRows);
  for (let row = 0; row <= layout.lastMcuRow; row++) {
    // Unneeded restart intervals may reach over whole rows.
    if (kernels.mcuAt() < (row + 1) * wide) {
      for (const [i, block] of grid.blocks.entries()) {
        const need = needs[block.component]!;
        const plane = planes.planes[block.component]!;
        const blockRow = row * block.stepY + block.y;
        const columns = need.rows[blockRow] === 1 ? need.columnsAt : nothing;
        const to = plane.blockRow(blockRow);
        kernels.setBlockRow(i, columns, need.columnPlacesAt, to, plane.stride);
      }
      const decoded = runToEnd(feed, () => kernels.decodeRow(row));
      if (!decoded.ok) return decoded;
    }
    kernels.emitRows(planes.completeRows(row));
  }
  return kernels.scanOverrun() === 1 ? corrupt('the JPEG data ends early') : ok(undefined);
}
