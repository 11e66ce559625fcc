import { ok } from '../../result.ts';
import { createArena, growTo } from '../arena.ts';
import type { ByteInput, Decoding } from '../byte-input.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels } from '../kernels.ts';
import { tooLarge } from '../limits.ts';
import type { ResizePlan } from '../plan.ts';
import { chooseColour } from './colour.ts';
import type { Feed } from './feed.ts';
import { createFeed } from './feed.ts';
import { decodeManyScans, layOutScans } from './many-scans.ts';
import { decodeOneScan } from './one-scan.ts';
import type { PictureLayout } from './picture.ts';
import { layOutPicture } from './picture.ts';
import type { FoundScan, Reading } from './reading.ts';
import { beginReading, firstScan } from './reading.ts';
import { listScans } from './scans.ts';

interface Work {
  readonly kernels: ImageKernels;
  readonly input: ByteInput;
  readonly feed: Feed;
  readonly reading: Reading;
  readonly plan: ResizePlan;
  readonly budgetBytes: number;
}

/** The plan's RGB bytes of a JPEG. `budgetBytes` bounds the kernels' memory. */
export function* decodeJpeg(
  kernels: ImageKernels,
  input: ByteInput,
  plan: ResizePlan,
  budgetBytes: number,
): Decoding<ImageResult<Uint8Array>> {
  const reading = beginReading();
  const feed = createFeed(kernels, input);
  const found = yield* firstScan(reading, feed);
  if (!found.ok) return found;
  const { frame, scan } = found.value;
  if (frame.width !== plan.stored.width || frame.height !== plan.stored.height) {
    return corrupt('the JPEG has another size than its header');
  }
  const work = { kernels, input, feed, reading, plan, budgetBytes };
  const oneScan = !frame.progressive && scan.components.length === frame.components.length;
  const layout = oneScan
    ? yield* asItComes(work, found.value)
    : yield* fromMemory(work, found.value);
  if (!layout.ok) return layout;
  const { out, outBytes } = layout.value.resample;
  return ok(new Uint8Array(kernels.memory.buffer, out, outBytes).slice());
}

function* asItComes(work: Work, { frame, scan }: FoundScan): Decoding<ImageResult<PictureLayout>> {
  const { kernels, feed, reading, plan } = work;
  const arena = createArena(kernels);
  const layout = layOutPicture(frame, chooseColour(frame, reading.colour), plan, arena);
  const committed = arena.commit(work.budgetBytes);
  if (!committed.ok) return committed;
  layout.start(kernels);
  const decoded = yield* decodeOneScan({ kernels, layout, tables: reading.tables, feed }, scan);
  return decoded.ok ? ok(layout) : decoded;
}

/** Scans are read side by side, so all of the file must be there: in the kernels' memory. */
function* fromMemory(work: Work, first: FoundScan): Decoding<ImageResult<PictureLayout>> {
  const { kernels, reading, plan } = work;
  const { frame } = first;
  const address = kernels.heapStart();
  const held = yield* collect(work, address);
  if (!held.ok) return held;
  const bytes = held.value;
  const listed = listScans(reading, first, new Uint8Array(kernels.memory.buffer, address, bytes));
  if (!listed.ok) return listed;
  const arena = createArena(kernels, address + bytes);
  const layout = layOutPicture(frame, chooseColour(frame, reading.colour), plan, arena);
  const store = layOutScans(kernels, layout, listed.value, arena);
  const committed = arena.commit(work.budgetBytes);
  if (!committed.ok) return committed;
  layout.start(kernels);
  const file = { address, bytes };
  const decoded = decodeManyScans({ kernels, layout, store, file }, listed.value.quantisation);
  return decoded.ok ? ok(layout) : decoded;
}

/** What follows the first scan's header to `address`; returns how many bytes that are. */
function* collect(work: Work, address: number): Decoding<ImageResult<number>> {
  const { kernels, input, feed, budgetBytes } = work;
  const { memory } = kernels;
  const begun = feed.window().length;
  let end = address + begun;
  if (!growTo(memory, end)) return tooLarge('memory', budgetBytes, end);
  new Uint8Array(memory.buffer, address).set(feed.window());
  for (;;) {
    const next = end + input.atHand();
    if (next > budgetBytes || !growTo(memory, next)) return tooLarge('memory', budgetBytes, next);
    end += input.take(new Uint8Array(memory.buffer, end, next - end));
    if (input.ended()) return ok(end - address);
    yield;
  }
}
