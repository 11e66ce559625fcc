import { ok } from '../../result.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import { JPEG_BLOCK_VISITS_MAX, tooLarge } from '../limits.ts';
import type { Frame } from './frame.ts';
import type { FoundScan, LaterScan, Reading } from './reading.ts';
import { nextScan } from './reading.ts';
import type { Scan } from './scan.ts';
import type { McuGrid, ScanTable, TableUse } from './scan-setup.ts';
import { mcuGrid, quantisationOf, scanTables } from './scan-setup.ts';

/** All scans of a picture, and the tables that each of them reads. */
export interface ScanList {
  readonly scans: readonly ListedScan[];
  /** By component: its first scan's. */
  readonly quantisation: readonly Uint16Array[];
}

export interface ListedScan {
  readonly scan: Scan;
  readonly grid: McuGrid;
  readonly tables: readonly ScanTable[];
  readonly restartInterval: number;
  /** Index of its data in the file. */
  readonly at: number;
}

/** Reads the markers of a file whose first scan begins at index 0 of `bytes`; no data. */
export function listScans(
  reading: Reading,
  first: FoundScan,
  bytes: Uint8Array,
): ImageResult<ScanList> {
  const { frame } = first;
  const blocks = frame.components.reduce((sum, c) => sum + c.blocksWide * c.blocksHigh, 0);
  const visitsMax = blocks * JPEG_BLOCK_VISITS_MAX;
  const scans: ListedScan[] = [];
  const quantisation: Uint16Array[] = [];
  let visits = 0;
  let found: LaterScan | undefined = { ...first, at: 0 };
  while (found !== undefined) {
    const { scan, at } = found;
    const grid = mcuGrid(frame, scan);
    visits += grid.wide * grid.high * grid.blocks.length;
    if (visits > visitsMax) return tooLarge('scans', visitsMax, visits);
    for (const { index } of scan.components) {
      if (quantisation[index] !== undefined) continue;
      if (scan.first > 0) return corrupt('a JPEG component has AC before DC');
      const table = quantisationOf(reading.tables, frame, index);
      if (!table.ok) return table;
      quantisation[index] = table.value;
    }
    const tables = scanTables(reading.tables, scan, tableUse(frame, scan));
    if (!tables.ok) return tables;
    const { restartInterval } = reading.tables;
    scans.push({ scan, grid, tables: tables.value, restartInterval, at });
    const next = nextScan(reading, bytes, at);
    if (!next.ok) return next;
    found = next.value;
  }
  if (frame.components.some((_, index) => quantisation[index] === undefined)) {
    return corrupt('a JPEG component has no scan');
  }
  return ok({ scans, quantisation });
}

function tableUse({ progressive }: Frame, { first, high }: Scan): TableUse {
  if (!progressive) return { dc: true, ac: 'sequential' };
  if (first === 0) return { dc: high === 0, ac: undefined };
  return { dc: false, ac: high === 0 ? 'progressive' : 'refining' };
}
