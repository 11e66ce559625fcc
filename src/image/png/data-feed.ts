import type { Decoding } from '../byte-input.ts';
import type { ImageKernels } from '../kernels.ts';
import type { PngChunks } from './chunks.ts';

/**
 * The inflater's window is used up: what is left of it moves to its front, and more of the IDAT
 * chunks' payloads, which are one stream, comes behind.
 */
export function* nextWindow(kernels: ImageKernels, chunks: PngChunks): Decoding<void> {
  const kept = kernels.keepInput();
  const room = kernels.rawBytes() - kept;
  const target = new Uint8Array(kernels.memory.buffer, kernels.rawStart() + kept, room);
  const filled = yield* chunks.data(target);
  kernels.addInput(filled, chunks.ended() ? 1 : 0);
}
