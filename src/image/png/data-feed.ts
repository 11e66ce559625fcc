import type { ImageKernels } from '../kernels.ts';

/** Hands the payloads of IDAT chunks to the inflater, a window at a time, as one stream. */
export interface DataFeed {
  /** The window is used up: what is left of it moves to its front, more comes behind. */
  next(): void;
}

export function createDataFeed(kernels: ImageKernels, parts: readonly Uint8Array[]): DataFeed {
  const start = kernels.rawStart();
  const windowBytes = kernels.rawBytes();
  let part = 0;
  let at = 0;
  return {
    next() {
      const kept = kernels.keepInput();
      const window = new Uint8Array(kernels.memory.buffer, start, windowBytes);
      let filled = kept;
      while (filled < windowBytes && part < parts.length) {
        const piece = parts[part]!.subarray(at, at + windowBytes - filled);
        window.set(piece, filled);
        filled += piece.length;
        at += piece.length;
        if (at < parts[part]!.length) break;
        part++;
        at = 0;
      }
      kernels.addInput(filled - kept, part === parts.length ? 1 : 0);
    },
  };
}
