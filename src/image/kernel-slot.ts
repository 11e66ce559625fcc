import type { ImageResult } from './failure.ts';
import { corrupt } from './failure.ts';
import type { ImageKernels } from './kernels.ts';
import { instantiateKernels } from './kernels.ts';
import { KERNEL_RESIDENT_BYTES_MAX } from './limits.ts';

export interface KernelSlot {
  /** Runs a decoder on an instance that nobody else uses meanwhile. */
  run<T>(decode: (kernels: ImageKernels) => Awaitable<ImageResult<T>>): Promise<ImageResult<T>>;
  /** WASM memory of the idle instance and of those at work. */
  memoryBytes(): number;
}

type Awaitable<T> = T | Promise<T>;

/**
 * Keeps one idle instance of our kernels. Pictures that come meanwhile get instances of their own,
 * which are dropped afterwards, as are those that grew (WASM memory never shrinks) or trapped.
 * `onEnd` is called after each decode, before anything is dropped.
 */
export function createKernelSlot(
  module: () => Awaitable<WebAssembly.Module>,
  onEnd: () => void = () => undefined,
): KernelSlot {
  let idle: ImageKernels | undefined;
  const busy = new Set<ImageKernels>();

  function heldBytes(): number {
    let bytes = idle?.memory.buffer.byteLength ?? 0;
    for (const { memory } of busy) bytes += memory.buffer.byteLength;
    return bytes;
  }

  function leave(kernels: ImageKernels): void {
    onEnd();
    busy.delete(kernels);
  }

  return {
    async run(decode) {
      const compiled = await module();
      const kernels = idle ?? instantiateKernels(compiled);
      idle = undefined;
      busy.add(kernels);
      try {
        const outcome = await decode(kernels);
        leave(kernels);
        const grown = kernels.memory.buffer.byteLength > KERNEL_RESIDENT_BYTES_MAX;
        if (!grown) idle = kernels;
        return outcome;
      } catch (error) {
        // Bounds are checked before kernels run; should one trap all the same, it ends here.
        leave(kernels);
        if (error instanceof WebAssembly.RuntimeError) return corrupt('the data led us astray');
        throw error;
      }
    },
    memoryBytes: heldBytes,
  };
}
