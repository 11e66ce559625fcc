import type { Result } from '../result.ts';
import { ok } from '../result.ts';
import type { ImageFailure } from './failure.ts';
import { corrupt } from './failure.ts';
import type { ImageFormat } from './header.ts';
import { CODEC_RESIDENT_BYTES_MAX } from './limits.ts';
import type { StoredPixels } from './sample.ts';

/** Formats that a library's WebAssembly decodes. */
export type CodecFormat = Exclude<ImageFormat, 'gif' | 'jpeg' | 'png'>;

/**
 * Where compiled decoders come from. In workerd they are imports, because it compiles nothing at
 * run time; in Node they are compiled from files. Nothing is asked for before it is needed.
 */
export type CodecModules = Readonly<
  Record<CodecFormat | 'kernels', () => WebAssembly.Module | Promise<WebAssembly.Module>>
>;

/** One instance of a decoder with its own memory. */
export interface CodecInstance {
  /**
   * Hands the picture to `use` and frees it afterwards: `use` must not keep the pixels, which may
   * lie in WASM memory. Throws whatever the library throws, numbers included.
   */
  decode<T>(file: Uint8Array, use: (pixels: RgbaPixels) => T): T;
  memoryBytes(): number;
}

export type RgbaPixels = Omit<StoredPixels, 'opaque'>;

export type Instantiate = (module: WebAssembly.Module) => Promise<CodecInstance>;

export interface CodecSlot {
  decode<T>(
    format: CodecFormat,
    file: Uint8Array,
    use: (pixels: RgbaPixels) => T,
  ): Promise<Result<T, ImageFailure>>;
  memoryBytes(): number;
}

interface Resident {
  readonly format: CodecFormat;
  readonly instance: CodecInstance;
}

/**
 * Keeps at most one instance, that of the format decoded last, so that what is idle beside a
 * decode is never more than CODEC_RESIDENT_BYTES_MAX. An instance is dropped after any failure,
 * as one that trapped is dead, and after a decode that grew it; making one takes a few ms.
 * `onEnd` is called after each decode, before anything is dropped.
 */
export function createCodecSlot(
  modules: CodecModules,
  instantiators: Readonly<Record<CodecFormat, Instantiate>>,
  onEnd: () => void,
): CodecSlot {
  let resident: Resident | undefined;
  const loading = new Map<CodecFormat, Promise<CodecInstance>>();

  async function acquire(format: CodecFormat): Promise<CodecInstance> {
    if (resident?.format === format) return resident.instance;
    let pending = loading.get(format);
    if (pending === undefined) {
      pending = Promise.resolve(modules[format]()).then(instantiators[format]);
      loading.set(format, pending);
    }
    try {
      const instance = await pending;
      resident = { format, instance };
      return instance;
    } finally {
      loading.delete(format);
    }
  }

  function drop(instance: CodecInstance): void {
    if (resident?.instance === instance) resident = undefined;
  }

  return {
    async decode(format, file, use) {
      const instance = await acquire(format);
      const outcome = runDecoder(instance, file, use);
      onEnd();
      if (!outcome.ok || instance.memoryBytes() > CODEC_RESIDENT_BYTES_MAX) drop(instance);
      return outcome;
    },
    memoryBytes: () => resident?.instance.memoryBytes() ?? 0,
  };
}

/** From here to the end of the decode nothing awaits: no other request can use the instance. */
function runDecoder<T>(
  instance: CodecInstance,
  file: Uint8Array,
  use: (pixels: RgbaPixels) => T,
): Result<T, ImageFailure> {
  let ours: { readonly error: unknown } | undefined;
  const guarded = (pixels: RgbaPixels): T => {
    try {
      return use(pixels);
    } catch (error) {
      ours = { error };
      throw error;
    }
  };
  try {
    return ok(instance.decode(file, guarded));
  } catch {
    // What `use` throws is a bug of ours and goes on. Everything else comes out of a library that
    // met bad data, as an Error, an exit status, a C++ exception's address or a trap.
    if (ours !== undefined) throw ours.error;
    return corrupt('the decoder could not read the picture');
  }
}
