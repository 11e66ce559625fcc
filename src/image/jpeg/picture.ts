import type { Arena } from '../arena.ts';
import type { ImageKernels } from '../kernels.ts';
import type { ResizePlan } from '../plan.ts';
import type { ResampleLayout } from '../resample.ts';
import { layOutResample } from '../resample.ts';
import type { Frame } from './frame.ts';
import type { Needs } from './needs.ts';
import { neededBlocks, neededMcus } from './needs.ts';
import type { Planes } from './planes.ts';
import { layOutPlanes } from './planes.ts';

/** As assembly/rows.ts numbers them. */
export const COLOUR = { grey: 0, ycc: 1, rgb: 2, cmyk: 3, ycck: 4 } as const;
export type Colour = (typeof COLOUR)[keyof typeof COLOUR];

/** Everything of a picture that lies in the kernels' memory, whatever its scans are like. */
export interface PictureLayout {
  readonly frame: Frame;
  readonly planes: Planes;
  readonly resample: ResampleLayout;
  readonly needs: readonly PlacedNeeds[];
  /** Addresses, one byte an MCU: what interleaved scans may leave unread. */
  readonly mcuColumns: number;
  readonly mcuRows: number;
  /** Address of a row of zeros: no block column is needed. */
  readonly nothing: number;
  /** The last MCU row that the plan touches. */
  readonly lastMcuRow: number;
  start(kernels: ImageKernels): void;
}

export interface PlacedNeeds extends Needs {
  readonly columnsAt: number;
  readonly rowsAt: number;
  readonly columnPlacesAt: number;
}

export function layOutPicture(
  frame: Frame,
  colour: Colour,
  plan: ResizePlan,
  arena: Arena,
): PictureLayout {
  const resample = layOutResample(plan, arena);
  const planes = layOutPlanes(frame, arena);
  const bare = neededBlocks(plan, frame);
  const needs = bare.map((need) => ({
    ...need,
    columnsAt: arena.place(need.columns),
    rowsAt: arena.place(need.rows),
    columnPlacesAt: arena.place(need.columnPlaces),
  }));
  const mcuRows = neededMcus(frame, bare, 'rows');
  const rows = arena.place(resample.rows);
  const widest = Math.max(...frame.components.map(({ blocksWide }) => blocksWide));
  return {
    frame,
    planes,
    resample,
    needs,
    mcuColumns: arena.place(neededMcus(frame, bare, 'columns')),
    mcuRows: arena.place(mcuRows),
    nothing: arena.reserveZeros(widest),
    lastMcuRow: mcuRows.lastIndexOf(1),
    start(kernels) {
      planes.start(kernels);
      resample.start(kernels);
      kernels.setEmit(rows, resample.rows.length, colour, resample.from, resample.end);
    },
  };
}
