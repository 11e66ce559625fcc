import avif from '@jsquash/avif/codec/dec/avif_dec.wasm';
// @ts-expect-error its .d.ts describes the instance's exports; this import is the module itself
import png from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm';
import kernels from '../../build/image.wasm';
import type { CodecModules } from './codec.ts';

/** For workerd, where a `.wasm` import is a compiled module. The Worker's entry passes it on. */
export const workerCodecModules: CodecModules = {
  kernels: () => kernels,
  png: () => png,
  webp: () => webp,
  avif: () => avif,
};
