import type { ImageResult } from './failure.ts';
import { corrupt } from './failure.ts';
import type { ImageKernels } from './kernels.ts';
import { instantiateKernels } from './kernels.ts';
import { KERNEL_RESIDENT_BYTES_MAX } from './limits.ts';

export interface KernelSlot {
  /** Runs a decoder on an instance that nobody else uses meanwhile. */
  run<T>(decode: (kernels: ImageKernels) => Awaitable<ImageResult<T>>): Promise<ImageResult<T>>;
  /** WASM memory that is held between pictures. */
  memoryBytes(): number;
}

type Awaitable<T> = T | Promise<T>;

/**
 * Keeps one idle instance of our kernels. Pictures that come meanwhile get instances of their own,
 * which are dropped afterwards, as are those that grew (WASM memory never shrinks) or trapped.
 */
export function createKernelSlot(module: () => Awaitable<WebAssembly.Module>): KernelSlot {
  let idle: ImageKernels | undefined;
  return {
    async run(decode) {
      const compiled = await module();
      const kernels = idle ?? instantiateKernels(compiled);
      idle = undefined;
      try {
        const outcome = await decode(kernels);
        const grown = kernels.memory.buffer.byteLength > KERNEL_RESIDENT_BYTES_MAX;
        if (!grown) idle = kernels;
        return outcome;
      } catch (error) {
        // Bounds are checked before kernels run; should one trap all the same, it ends here.
        if (error instanceof WebAssembly.RuntimeError) return corrupt('the data led us astray');
        throw error;
      }
    },
    memoryBytes: () => idle?.memory.buffer.byteLength ?? 0,
  };
}
