import avifFactory from '@jsquash/avif/codec/dec/avif_dec.js';
import jpegFactory from '@jsquash/jpeg/codec/dec/mozjpeg_dec.js';
import webpFactory from '@jsquash/webp/codec/dec/webp_dec.js';
import type { CodecInstance, Instantiate, RgbaPixels } from './codec.ts';

/**
 * The part of an emscripten module that we use. `decode` gives null for data it cannot read, and
 * refuses to be called with another number of arguments than it has.
 */
interface Decoder {
  decode(file: Uint8Array, ...option: readonly unknown[]): DecodedImage | null;
}

interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8ClampedArray;
}

type Factory = (options: Record<string, unknown>) => Promise<Decoder>;

/** The second argument keeps the stored orientation: the plan turns pixels, not the library. */
export const instantiateJpeg: Instantiate = (module) =>
  instantiate(jpegFactory as Factory, module, [false]);

export const instantiateWebp: Instantiate = (module) =>
  instantiate(webpFactory as Factory, module, []);

/** The second argument asks for 8 bits a sample. */
export const instantiateAvif: Instantiate = (module) =>
  instantiate(avifFactory as Factory, module, [8]);

async function instantiate(
  factory: Factory,
  module: WebAssembly.Module,
  option: readonly unknown[],
): Promise<CodecInstance> {
  let memory: WebAssembly.Memory | undefined;
  const decoder = await factory({
    noInitialRun: true,
    // Libraries report bad data by name on the console; the caller gets a failure instead.
    print: ignore,
    printErr: ignore,
    // Keeps the glue from resolving the .wasm file's address, which workerd does not have.
    locateFile: (path: string) => path,
    instantiateWasm(imports: WebAssembly.Imports, done: (instance: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(module, imports);
      memory = memoryOf(instance);
      done(instance);
      return instance.exports;
    },
  });
  return {
    decode(file, use) {
      const image = decoder.decode(file, ...option);
      if (image === null) throw new Error('codec: no picture');
      const pixels: RgbaPixels = { width: image.width, height: image.height, rgba: image.data };
      return use(pixels);
    },
    memoryBytes: () => memory?.buffer.byteLength ?? 0,
  };
}

function ignore(): void {}

/** Minified builds export their memory under a letter. */
function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory | undefined {
  for (const value of Object.values(instance.exports)) {
    if (value instanceof WebAssembly.Memory) return value;
  }
  return undefined;
}
