import avif from '@jsquash/avif/codec/dec/avif_dec.wasm';
import webp from '@jsquash/webp/codec/dec/webp_dec.wasm';
import kernels from '../../build/image.wasm';
import type { CodecModules } from './codec.ts';

/** For workerd, where a `.wasm` import is a compiled module. The Worker's entry passes it on. */
export const workerCodecModules: CodecModules = {
  kernels: () => kernels,
  webp: () => webp,
  avif: () => avif,
};
