import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { CodecModules } from './codec.ts';

const require = createRequire(import.meta.url);

/** Compiled from the packages' files, each when it is first needed. */
export const nodeCodecModules: CodecModules = {
  kernels: () => compile(KERNELS),
  webp: () => compile('@jsquash/webp/codec/dec/webp_dec.wasm'),
  avif: () => compile('@jsquash/avif/codec/dec/avif_dec.wasm'),
};

/** Built by scripts/build.ts. */
const KERNELS = fileURLToPath(new URL('../../build/image.wasm', import.meta.url));

const compiled = new Map<string, Promise<WebAssembly.Module>>();

function compile(specifier: string): Promise<WebAssembly.Module> {
  let module = compiled.get(specifier);
  if (module === undefined) {
    module = readFile(require.resolve(specifier)).then((bytes) => WebAssembly.compile(bytes));
    compiled.set(specifier, module);
  }
  return module;
}
