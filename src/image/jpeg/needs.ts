import type { ResizePlan } from '../plan.ts';
import type { BilinearTaps } from '../taps-opencv.ts';
import type { FilterTaps } from '../taps-pillow.ts';
import type { Component, Frame } from './frame.ts';
import { UPSAMPLING } from './frame.ts';

/**
 * Which blocks of a component a plan touches: those whose column and row are both needed, since a
 * plan's pixels are the crossings of its columns and rows.
 */
export interface Needs {
  /** 1 for each needed block column, of blocksWide. */
  readonly columns: Uint8Array;
  /** 1 for each needed block row, of blocksHigh. */
  readonly rows: Uint8Array;
  /** Place of each needed column among the needed ones. */
  readonly columnPlaces: Int32Array;
  readonly rowPlaces: Int32Array;
  readonly columnCount: number;
  readonly rowCount: number;
}

export function neededBlocks(plan: ResizePlan, frame: Frame): readonly Needs[] {
  const across = plan.swapped ? plan.rows : plan.columns;
  const down = plan.swapped ? plan.columns : plan.rows;
  const xs = touched(across, frame.width);
  const ys = touched(down, frame.height);
  return frame.components.map((component) => {
    const { upsampling } = component;
    const smoothX = upsampling === UPSAMPLING.h2v1 || upsampling === UPSAMPLING.h2v2;
    const smoothY = upsampling === UPSAMPLING.h1v2 || upsampling === UPSAMPLING.h2v2;
    const columns = blocksOf(xs, component.timesX, smoothX, component.width, component.blocksWide);
    const rows = blocksOf(ys, component.timesY, smoothY, component.height, component.blocksHigh);
    const [columnPlaces, columnCount] = places(columns);
    const [rowPlaces, rowCount] = places(rows);
    return { columns, rows, columnPlaces, rowPlaces, columnCount, rowCount };
  });
}

/** 1 for each stored index of an axis that has a tap. */
function touched(taps: BilinearTaps | FilterTaps, size: number): Uint8Array {
  const marks = new Uint8Array(size);
  if ('index0' in taps) {
    for (const index of taps.index0) marks[index] = 1;
    for (const index of taps.index1) marks[index] = 1;
  } else {
    marks.fill(1, taps.extent.begin, taps.extent.end);
  }
  return marks;
}

/** `smooth`: the triangle filter also reads the neighbour on the pixel's side. */
function blocksOf(
  marks: Uint8Array,
  times: number,
  smooth: boolean,
  size: number,
  blocks: number,
): Uint8Array {
  const needed = new Uint8Array(blocks);
  for (let i = 0; i < marks.length; i++) {
    if (marks[i] === 0) continue;
    const sample = Math.trunc(i / times);
    needed[sample >> 3] = 1;
    if (!smooth) continue;
    const neighbour = i & 1 ? Math.min(sample + 1, size - 1) : Math.max(sample - 1, 0);
    needed[neighbour >> 3] = 1;
  }
  return needed;
}

function places(needed: Uint8Array): readonly [Int32Array, number] {
  const found = new Int32Array(needed.length);
  let count = 0;
  for (let i = 0; i < needed.length; i++) {
    found[i] = count;
    count += needed[i]!;
  }
  return [found, count];
}

/** The same for MCUs of an interleaved scan, one axis: needed if any component needs a block. */
export function neededMcus(
  frame: Frame,
  needs: readonly Needs[],
  axis: 'columns' | 'rows',
): Uint8Array {
  const mcus = new Uint8Array(axis === 'columns' ? frame.mcusWide : frame.mcusHigh);
  needs.forEach((need, i) => {
    const component = frame.components[i] as Component;
    const step = axis === 'columns' ? component.h : component.v;
    const blocks = need[axis];
    for (let b = 0; b < blocks.length; b++) {
      if (blocks[b] === 1) mcus[Math.trunc(b / step)] = 1;
    }
  });
  return mcus;
}
