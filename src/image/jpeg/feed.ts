import type { ImageKernels } from '../kernels.ts';

/** Hands a file to the kernels, a window at a time. */
export interface Feed {
  /** Reading goes on at this index of the file. */
  seek(at: number): void;
  /** The window is used up: the next one. */
  next(): void;
  /** Index of the first byte that the kernels have not taken. */
  position(): number;
}

export function createFeed(kernels: ImageKernels, bytes: Uint8Array): Feed {
  const start = kernels.rawStart();
  const windowBytes = kernels.rawBytes();
  let end = 0;

  function load(from: number): void {
    end = Math.min(from + windowBytes, bytes.length);
    new Uint8Array(kernels.memory.buffer, start, end - from).set(bytes.subarray(from, end));
    kernels.setRaw(end - from, end === bytes.length ? 1 : 0);
  }

  return {
    seek: load,
    next: () => load(end - kernels.rawLeft()),
    position: () => end - kernels.rawLeft(),
  };
}
