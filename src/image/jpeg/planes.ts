import type { Arena } from '../arena.ts';
import type { ImageKernels } from '../kernels.ts';
import type { Frame } from './frame.ts';
import { UPSAMPLING } from './frame.ts';

/** Sample rows of one component: those of two MCU rows, in a ring. */
export interface Plane {
  readonly base: number;
  readonly stride: number;
  readonly ringRows: number;
  /** Address of a block row's first sample. */
  blockRow(row: number): number;
}

export interface Planes {
  readonly planes: readonly Plane[];
  /** Rows that are complete once MCU row `row` is decoded. */
  completeRows(row: number): number;
  start(kernels: ImageKernels): void;
}

/** The filters write a byte before a row and read some after it. */
const BEFORE_BYTES = 16;
const AFTER_BYTES = 48;
const LINE_PAD_BYTES = 64;

export function layOutPlanes(frame: Frame, arena: Arena): Planes {
  const { components, mcusHigh, mcuRows, height, width } = frame;
  const fullBytes = width + LINE_PAD_BYTES;
  const sums = arena.reserve(2 * fullBytes);
  const planes = components.map(({ blocksWide, v }): Plane => {
    const stride = Math.ceil((blocksWide * 8 + BEFORE_BYTES + AFTER_BYTES) / 16) * 16;
    const ringRows = 2 * 8 * v;
    const base = arena.reserve(stride * ringRows) + BEFORE_BYTES;
    const blockRow = (row: number) => base + ((row * 8) % ringRows) * stride;
    return { base, stride, ringRows, blockRow };
  });
  const full = components.map(() => arena.reserve(fullBytes + BEFORE_BYTES));
  // An odd row at the end of an MCU row is filtered with samples of the next MCU row.
  const waits = components.some(
    ({ upsampling }) => upsampling === UPSAMPLING.h2v2 || upsampling === UPSAMPLING.h1v2,
  );
  return {
    planes,
    completeRows: (row) => (row + 1 >= mcusHigh ? height : (row + 1) * mcuRows - (waits ? 1 : 0)),
    start(kernels) {
      components.forEach((component, i) => {
        const { base, stride, ringRows } = planes[i]!;
        kernels.setPlane(
          i,
          base,
          stride,
          ringRows,
          component.width,
          component.height,
          component.upsampling,
          component.timesX,
          component.timesY,
          full[i]!,
          sums,
        );
      });
    },
  };
}
