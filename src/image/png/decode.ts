import { ok } from '../../result.ts';
import type { Arena } from '../arena.ts';
import { createArena } from '../arena.ts';
import type { ByteInput, Decoding } from '../byte-input.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels } from '../kernels.ts';
import { DAMAGED, READY } from '../kernels.ts';
import type { ResizePlan } from '../plan.ts';
import type { ResampleLayout } from '../resample.ts';
import { layOutResample } from '../resample.ts';
import type { PngChunks, PngFacts } from './chunks.ts';
import { createPngChunks } from './chunks.ts';
import { nextWindow } from './data-feed.ts';
import { passesOf } from './passes.ts';
import { pixelFormat } from './pixels.ts';

/**
 * The plan's RGB bytes of a PNG whose header was checked. Rows are unfiltered as they are inflated
 * and only two of them are in memory, unless the picture is interlaced: then the plan's rows are.
 * Inflating stops after the last row that the plan needs.
 */
export function* decodePng(
  kernels: ImageKernels,
  input: ByteInput,
  plan: ResizePlan,
  budgetBytes: number,
): Decoding<ImageResult<Uint8Array>> {
  const chunks = createPngChunks(input);
  const read = yield* chunks.facts();
  if (!read.ok) return read;
  const facts = read.value;
  if (facts.width !== plan.stored.width || facts.height !== plan.stored.height) {
    return corrupt('the PNG has another size than its header');
  }
  const arena = createArena(kernels);
  const layout = layOutPng(facts, plan, arena);
  const committed = arena.commit(budgetBytes);
  if (!committed.ok) return committed;
  layout.start(kernels);
  const whole = yield* inflateRows(kernels, chunks);
  if (!whole.ok) return whole;
  if (facts.interlaced) kernels.emitKept(facts.height);
  const { out, outBytes } = layout.resample;
  return ok(new Uint8Array(kernels.memory.buffer, out, outBytes).slice());
}

interface PngLayout {
  readonly resample: ResampleLayout;
  start(kernels: ImageKernels): void;
}

/** The kernels load and store whole vectors around a row; its filter byte is the 16th. */
const ROW_PAD_BYTES = 80;

function layOutPng(facts: PngFacts, plan: ResizePlan, arena: Arena): PngLayout {
  const { width, height, depth, interlaced } = facts;
  const resample = layOutResample(plan, arena);
  const { rows, from, end } = resample;
  const format = pixelFormat(facts);
  const rowBytes = Math.ceil((width * depth * format.channels) / 8);
  const buffers = [
    arena.reserveZeros(rowBytes + ROW_PAD_BYTES),
    arena.reserveZeros(rowBytes + ROW_PAD_BYTES),
  ] as const;
  const places = new Int32Array(height).fill(-1);
  rows.forEach((row, place) => {
    places[row] = place;
  });
  const passes = passesOf(width, height, interlaced);
  const passTable = arena.place(
    Int32Array.from(passes.flatMap((p) => [p.x, p.y, p.stepX, p.stepY, p.columns, p.rows])),
  );
  const table = arena.place(format.table);
  const placesAt = arena.place(places);
  const keptLineBytes = end + ROW_PAD_BYTES;
  const kept = interlaced ? arena.reserve(rows.length * 3 * keptLineBytes) : 0;
  return {
    resample,
    start(kernels) {
      const { kind, channels, key } = format;
      const lastRow = rows.at(-1)!;
      kernels.setPng(kind, depth, channels, table, ...key, placesAt, lastRow, from, end);
      kernels.setPngRows(passTable, passes.length, ...buffers, kept, keptLineBytes);
      resample.start(kernels);
    },
  };
}

/** Inflates until the rows have what they need, or the data are used up. */
function* inflateRows(kernels: ImageKernels, chunks: PngChunks): Decoding<ImageResult<void>> {
  kernels.startInflate();
  for (;;) {
    const state = kernels.inflate();
    if (state === READY) return ok(undefined);
    if (state === DAMAGED) return corrupt('the PNG data is damaged or ends early');
    yield* nextWindow(kernels, chunks);
  }
}
