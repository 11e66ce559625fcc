import type { CodecInstance } from './codec.ts';

/**
 * Our own binding of @jsquash/png's module. The package's glue keeps one instance for ever, so a
 * trap would end PNG decoding in the isolate, and it copies every picture out of WASM memory.
 *
 * wasm-bindgen passes JavaScript values as numbers. The decoder makes just one, the picture, by
 * calling `newwithownedu8clampedarray(pointer, length, width, height)`: its place in memory is
 * noted instead, and the pixels are read there.
 */
export async function instantiatePng(module: WebAssembly.Module): Promise<CodecInstance> {
  let picture: Picture | undefined;
  const note = (pointer: number, length: number, width: number, height: number): number => {
    picture = { pointer: pointer >>> 0, length: length >>> 0, width, height };
    return 0;
  };
  const instance = new WebAssembly.Instance(module, bindImports(module, note));
  const { memory, __wbindgen_malloc: malloc, __wbindgen_free: free, decode } = pngExports(instance);
  return {
    decode(file, use) {
      picture = undefined;
      // `decode` takes the file over and frees it.
      const pointer = malloc(file.length, 1) >>> 0;
      new Uint8Array(memory.buffer).set(file, pointer);
      decode(pointer, file.length);
      const { pointer: at, length, width, height } = decoded(picture);
      const rgba = new Uint8Array(memory.buffer, at, length);
      const result = use({ width: width >>> 0, height: height >>> 0, rgba });
      free(at, length, 1);
      return result;
    },
    memoryBytes: () => memory.buffer.byteLength,
  };
}

interface Picture {
  readonly pointer: number;
  readonly length: number;
  readonly width: number;
  readonly height: number;
}

/** A function, since the compiler cannot see that `decode` has assigned the variable. */
function decoded(picture: Picture | undefined): Picture {
  if (picture === undefined) throw new Error('png: no picture');
  return picture;
}

/** Import names end in a hash of the build, so they are recognised by their beginnings. */
function bindImports(module: WebAssembly.Module, note: CallableFunction): WebAssembly.Imports {
  const functions: Record<string, CallableFunction> = {};
  for (const { module: from, name, kind } of WebAssembly.Module.imports(module)) {
    if (from !== 'wbg' || kind !== 'function') throw new Error(`png: unknown import ${name}`);
    const isPicture = name.startsWith('__wbg_newwithownedu8clampedarray');
    functions[name] = isPicture ? note : () => refuse(name);
  }
  return { wbg: functions as WebAssembly.ModuleImports };
}

/** Everything else is the decoder's way of throwing, or a 16-bit result that is not asked for. */
function refuse(name: string): never {
  throw new Error(`png: the decoder called ${name}`);
}

interface PngExports {
  readonly memory: WebAssembly.Memory;
  __wbindgen_malloc(bytes: number, align: number): number;
  __wbindgen_free(pointer: number, bytes: number, align: number): void;
  decode(pointer: number, bytes: number): number;
}

function pngExports(instance: WebAssembly.Instance): PngExports {
  const exports: WebAssembly.Exports = instance.exports;
  if (!(exports.memory instanceof WebAssembly.Memory)) throw new Error('png: no memory');
  return exports as WebAssembly.Exports & PngExports;
}
