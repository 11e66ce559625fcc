import { ok } from '../../result.ts';
import { createArena } from '../arena.ts';
import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels } from '../kernels.ts';
import type { ResizePlan } from '../plan.ts';
import { chooseColour } from './colour.ts';
import { createFeed } from './feed.ts';
import { decodeManyScans, layOutStore } from './many-scans.ts';
import { decodeOneScan } from './one-scan.ts';
import { layOutPicture } from './picture.ts';
import { beginReading, nextScan } from './reading.ts';

/** The plan's RGB bytes of a JPEG. `budgetBytes` bounds the kernels' memory. */
export function decodeJpeg(
  kernels: ImageKernels,
  bytes: Uint8Array,
  plan: ResizePlan,
  budgetBytes: number,
): ImageResult<Uint8Array> {
  const reading = beginReading(bytes);
  const first = nextScan(reading);
  if (!first.ok) return first;
  if (first.value === undefined) return corrupt('the JPEG has no scan');
  const { frame, scan } = first.value;
  if (frame.width !== plan.stored.width || frame.height !== plan.stored.height) {
    return corrupt('the JPEG has another size than its header');
  }
  const arena = createArena(kernels);
  const layout = layOutPicture(frame, chooseColour(frame, reading.colour), plan, arena);
  const oneScan = !frame.progressive && scan.components.length === frame.components.length;
  const store = oneScan ? undefined : layOutStore(layout, arena);
  const committed = arena.commit(budgetBytes);
  if (!committed.ok) return committed;
  layout.start(kernels);
  const feed = createFeed(kernels, bytes);
  const decoded =
    store === undefined
      ? decodeOneScan({ kernels, layout, reading, feed }, scan)
      : decodeManyScans({ kernels, layout, store, reading, feed }, first.value);
  if (!decoded.ok) return decoded;
  const { out, outBytes } = layout.resample;
  return ok(new Uint8Array(kernels.memory.buffer, out, outBytes).slice());
}
