import type { Arena } from './arena.ts';
import type { ImageKernels } from './kernels.ts';
import type { OpenCvPlan, PillowPlan, ResizePlan } from './plan.ts';

/**
 * A plan as the tables that the kernels of assembly/resample.ts read, in the kernels' memory.
 *
 * `across` is the stored x axis and `down` the stored y axis: an upright plan has its columns
 * across, a swapped one its rows. Stored rows come in ascending order, so `down` is a schedule.
 */
export interface ResampleLayout {
  /** Columns that lines must hold: from a multiple of 16 to the window's right edge. */
  readonly from: number;
  readonly end: number;
  /** Stored rows that the plan touches, ascending. */
  readonly rows: Int32Array;
  /** After the arena is committed and before the first row. */
  start(kernels: ImageKernels): void;
  readonly out: number;
  readonly outBytes: number;
}

/** Kernels work in vectors and may read and write this much beyond a line. */
const LINE_PAD_BYTES = 64;

export function layOutResample(plan: ResizePlan, arena: Arena): ResampleLayout {
  const { window, swapped, width, height } = plan;
  const from = window.left & ~15;
  const end = window.right;
  const outBytes = width * height * 3;
  const out = arena.reserve(outBytes);
  const lineBytes = align(end + LINE_PAD_BYTES);
  const sets = [arena.reserve(3 * lineBytes), arena.reserve(3 * lineBytes)] as const;
  const across = swapped ? height : width;
  const tables = plan.kind === 'opencv' ? openCvTables(plan) : pillowTables(plan, arena);
  const acrossTable = arena.place(tables.across);
  const schedule = arena.place(tables.schedule);
  const sumsBytes = swapped ? 4 * lineBytes : align(across * 3 * 4 + LINE_PAD_BYTES);
  const slots = tables.slots * (swapped && plan.kind === 'pillow' ? 3 : 1);
  const sums = arena.reserve(slots * sumsBytes);
  const moreSums = arena.reserve(plan.kind === 'opencv' ? 3 * sumsBytes : 0);
  const narrow = arena.reserve(Math.max(3 * sumsBytes, across * 3 + LINE_PAD_BYTES));
  return {
    from,
    end,
    rows: tables.rows,
    out,
    outBytes,
    start(kernels) {
      const kind = plan.kind === 'opencv' ? 0 : 1;
      const entries = tables.schedule.length / 4;
      const turned = swapped ? 1 : 0;
      kernels.setResample(
        kind,
        turned,
        width,
        from,
        end,
        across,
        acrossTable,
        schedule,
        entries,
        out,
      );
      kernels.setResampleSpace(sets[0], sets[1], lineBytes, sums, moreSums, sumsBytes, narrow);
    },
  };
}

function align(bytes: number): number {
  return Math.ceil(bytes / 16) * 16;
}

interface Tables {
  readonly across: Int32Array;
  /** Four words an entry, see assembly/resample.ts. */
  readonly schedule: Int32Array;
  readonly rows: Int32Array;
  /** Rows of sums that are alive at once. */
  readonly slots: number;
}

function openCvTables(plan: OpenCvPlan): Tables {
  const across = plan.swapped ? plan.rows : plan.columns;
  const down = plan.swapped ? plan.columns : plan.rows;
  const count = down.index0.length;
  // Indexes only ascend, or only descend where the axis is flipped.
  const descending = count > 1 && down.index0[0]! > down.index0[count - 1]!;
  const schedule = new Int32Array(4 * count);
  const rows: number[] = [];
  for (let i = 0; i < count; i++) {
    const n = descending ? count - 1 - i : i;
    const [a, b] = [down.index0[n]!, down.index1[n]!];
    const [wa, wb] = [down.weight0[n]!, down.weight1[n]!];
    const [early, late] = a <= b ? [a, b] : [b, a];
    if (rows.at(-1) === undefined || rows.at(-1)! < early) rows.push(early);
    if (rows.at(-1)! < late) rows.push(late);
    const weights = a <= b ? pack(wa, wb) : pack(wb, wa);
    schedule.set([late, early === late ? 0 : 1, weights, n], 4 * i);
  }
  return {
    across: plan.swapped ? openCvRowsAcross(across) : openCvColumnsAcross(across),
    schedule,
    rows: Int32Array.from(rows),
    slots: 3,
  };
}

/** Two i16 in a word, the first one low. */
function pack(low: number, high: number): number {
  return (low & 0xffff) | (high << 16);
}

/** In the columns' pass both taps are summed before the shift, so equal indexes may be merged. */
function openCvColumnsAcross(taps: OpenCvPlan['columns']): Int32Array {
  const count = taps.index0.length;
  const padded = Math.ceil(count / 8) * 8;
  const table = new Int32Array(2 * padded);
  for (let n = 0; n < padded; n++) {
    // What pads the vector repeats the last output.
    const i = Math.min(n, count - 1);
    const [a, b] = [taps.index0[i]!, taps.index1[i]!];
    const [wa, wb] = [taps.weight0[i]!, taps.weight1[i]!];
    table[n] = Math.min(a, b);
    table[padded + n] = a === b ? pack(wa + wb, 0) : a < b ? pack(wa, wb) : pack(wb, wa);
  }
  return table;
}

function openCvRowsAcross(taps: OpenCvPlan['rows']): Int32Array {
  const table = new Int32Array(4 * taps.index0.length);
  for (let i = 0; i < taps.index0.length; i++) {
    table.set([taps.index0[i]!, taps.index1[i]!, taps.weight0[i]!, taps.weight1[i]!], 4 * i);
  }
  return table;
}

function pillowTables(plan: PillowPlan, arena: Arena): Tables {
  const across = plan.swapped ? plan.rows : plan.columns;
  const down = plan.swapped ? plan.columns : plan.rows;
  const { schedule, slots } = pillowSchedule(down);
  const { begin, end } = down.extent;
  return {
    across: pillowAcross(across, arena),
    schedule,
    rows: Int32Array.from({ length: end - begin }, (_, i) => begin + i),
    slots,
  };
}

/** Groups of 8 taps: 8 low parts of 11 bits, then 8 high parts, so that products fit pairs. */
function pillowAcross(taps: PillowPlan['columns'], arena: Arena): Int32Array {
  const groups = Int32Array.from(taps.count, (count) => Math.ceil(count / 8));
  const weights = new Int16Array(16 * groups.reduce((sum, n) => sum + n, 0));
  const address = arena.place(weights);
  const table = new Int32Array(3 * groups.length);
  let at = 0;
  for (let i = 0; i < groups.length; i++) {
    table.set([taps.first[i]!, groups[i]!, address + 2 * at], 3 * i);
    for (let k = 0; k < taps.count[i]!; k++) {
      const weight = taps.weights[taps.offset[i]! + k]!;
      const place = at + (k >> 3) * 16 + (k & 7);
      weights[place] = weight & 2047;
      weights[place + 8] = weight >> 11;
    }
    at += 16 * groups[i]!;
  }
  return table;
}

function pillowSchedule(taps: PillowPlan['rows']): { schedule: Int32Array; slots: number } {
  const outputs = taps.first.length;
  const { begin, end } = taps.extent;
  // Entries are sorted by row: count them, then place them.
  const next = new Int32Array(end - begin + 1);
  for (let n = 0; n < outputs; n++) {
    const at = taps.first[n]! - begin;
    for (let k = 0; k < taps.count[n]!; k++) next[at + k + 1]!++;
  }
  for (let row = 1; row < next.length; row++) next[row]! += next[row - 1]!;
  const schedule = new Int32Array(4 * next[end - begin]!);
  // A slot is free again after its output's last row. Outputs go by their first row.
  const busyUntil: number[] = [];
  const descending = outputs > 1 && taps.first[0]! > taps.first[outputs - 1]!;
  for (let i = 0; i < outputs; i++) {
    const n = descending ? outputs - 1 - i : i;
    const first = taps.first[n]!;
    const count = taps.count[n]!;
    const free = busyUntil.findIndex((row) => row < first);
    const slot = free < 0 ? busyUntil.length : free;
    busyUntil[slot] = first + count - 1;
    for (let k = 0; k < count; k++) {
      const at = 4 * next[first + k - begin]!++;
      schedule[at] = first + k;
      schedule[at + 1] = taps.weights[taps.offset[n]! + k]!;
      schedule[at + 2] = pack(slot, (k === 0 ? 1 : 0) | (k === count - 1 ? 2 : 0));
      schedule[at + 3] = n;
    }
  }
  return { schedule, slots: busyUntil.length };
}
