import type { ImageResult } from '../failure.ts';
import { corrupt } from '../failure.ts';
import type { ImageKernels } from '../kernels.ts';
import { instantiateKernels } from '../kernels.ts';
import { KERNEL_RESIDENT_BYTES_MAX } from '../limits.ts';
import type { ResizePlan } from '../plan.ts';
import { decodeJpeg } from './decode.ts';

export interface JpegDecoder {
  /**
   * The plan's height * width * 3 RGB bytes, exactly as libjpeg-turbo and the plan's resampler
   * make them. `budgetBytes` bounds the decoder's memory, the file itself aside; a picture that
   * needs more is refused before any is taken.
   */
  sample(bytes: Uint8Array, plan: ResizePlan, budgetBytes: number): ImageResult<Uint8Array>;
  /** WASM memory that is held between pictures. */
  memoryBytes(): number;
}

/** `module` is build/image.wasm, compiled. An instance is made for the first picture. */
export function createJpegDecoder(module: WebAssembly.Module): JpegDecoder {
  let resident: ImageKernels | undefined;
  return {
    sample(bytes, plan, budgetBytes) {
      resident ??= instantiateKernels(module);
      const kernels = resident;
      const outcome = runGuarded(() => decodeJpeg(kernels, bytes, plan, budgetBytes));
      // WASM memory never shrinks, and an instance that trapped is in no known state.
      const grown = kernels.memory.buffer.byteLength > KERNEL_RESIDENT_BYTES_MAX;
      if (grown || outcome === undefined) resident = undefined;
      return outcome ?? corrupt('the JPEG data led the decoder astray');
    },
    memoryBytes: () => resident?.memory.buffer.byteLength ?? 0,
  };
}

/** Undefined after a trap: checks should leave none, and if one does, it ends here. */
function runGuarded<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof WebAssembly.RuntimeError) return undefined;
    throw error;
  }
}
