import avifFactory from '@jsquash/avif/codec/dec/avif_dec.js';
import webpFactory from '@jsquash/webp/codec/dec/webp_dec.js';
import type { CodecInstance, Instantiate, RgbaPixels } from './codec.ts';

/**
 * The part of an emscripten module that we use. `decode` gives null for data it cannot read, and
 * refuses to be called with another number of arguments than it has.
 */
interface Decoder {
  decode(file: Uint8Array, ...option: readonly unknown[]): object | null;
}

type Factory = (options: Record<string, unknown>) => Promise<Decoder>;

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
  let receive: (pixels: RgbaPixels) => void = ignore;
  const stand = standIns((pixels) => receive(pixels));
  const start = () =>
    factory({
      noInitialRun: true,
      print: ignore,
      // Libraries report bad data by name on the console; the caller gets a failure instead.
      printErr: ignore,
      // Keeps the glue from resolving the .wasm file's address, which workerd does not have.
      locateFile: (path: string) => path,
      instantiateWasm(imports: WebAssembly.Imports, done: (made: WebAssembly.Instance) => void) {
        const instance = new WebAssembly.Instance(module, imports);
        memory = memoryOf(instance);
        done(instance);
        return instance.exports;
      },
    });
  const decoder = await withGlobals(stand, start);
  return {
    decode(file, use) {
      const results: ReturnType<typeof use>[] = [];
      receive = (pixels) => results.push(use(pixels));
      withGlobals(stand, () => decoder.decode(file, ...option));
      receive = ignore;
      const [result] = results;
      if (results.length !== 1) throw new Error('codec: no picture');
      return result as ReturnType<typeof use>;
    },
    memoryBytes: () => memory?.buffer.byteLength ?? 0,
  };
}

interface Globals {
  readonly ImageData: unknown;
  readonly Uint8ClampedArray: unknown;
}

/**
 * The libraries end with `new ImageData(new Uint8ClampedArray(view of WASM memory), width, height)`
 * and free the view's memory: a second copy of the whole picture, 4 bytes a pixel, in a heap that
 * has 128 MB. These stand-ins make no copy, and read the picture while it is still there.
 */
function standIns(receive: (pixels: RgbaPixels) => void): Globals {
  class ViewAsItIs {
    constructor(view: Uint8Array) {
      // biome-ignore lint/correctness/noConstructorReturn: `new` has to give the view itself
      return view;
    }
  }
  class PictureInPlace {
    constructor(rgba: Uint8ClampedArray, width: number, height: number) {
      receive({ width, height, rgba });
    }
  }
  return { ImageData: PictureInPlace, Uint8ClampedArray: ViewAsItIs };
}

/**
 * Runs `work`, which must do what it does before it returns, with these globals. Libraries look
 * them up once, at their start or first picture; nothing else runs meanwhile and sees them.
 */
function withGlobals<T>(globals: Globals, work: () => T): T {
  const scope: { ImageData?: unknown; Uint8ClampedArray: unknown } = globalThis;
  const before = { ImageData: scope.ImageData, Uint8ClampedArray: scope.Uint8ClampedArray };
  Object.assign(scope, globals);
  try {
    return work();
  } finally {
    Object.assign(scope, before);
  }
}

function ignore(): void {}

/** Minified builds export their memory under a letter. */
function memoryOf(instance: WebAssembly.Instance): WebAssembly.Memory | undefined {
  for (const value of Object.values(instance.exports)) {
    if (value instanceof WebAssembly.Memory) return value;
  }
  return undefined;
}
