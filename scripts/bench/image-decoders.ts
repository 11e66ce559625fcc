import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type sharpModule from 'sharp';
import { nodeCodecModules } from '../../src/image/codec-modules.node.ts';
import { createImageDecoder, inspectImage } from '../../src/image/image.ts';
import type { Interpolation } from '../../src/image/preprocess.ts';
import { BENCH_BUDGET_BYTES, benchCard } from './image-plans.ts';

const require = createRequire(import.meta.url);

/** One way to decode a picture, as bench:image times it. */
export interface Decoder {
  decode(bytes: Uint8Array): Promise<void>;
  /** WASM memory after the last decode: it never shrinks, so this is the peak. */
  memoryBytes(): number;
}

/** Ours, from the file to the crop's pixels: header, plan and all. */
export function ours(interpolation: Interpolation, shortEdge: number): Decoder {
  const decoder = createImageDecoder(nodeCodecModules);
  const preprocess = benchCard(interpolation, shortEdge);
  return {
    async decode(bytes) {
      const header = inspectImage(bytes);
      if (!header.ok) throw new Error(header.failure.code);
      const sampled = await decoder.sample(bytes, header.value, preprocess, BENCH_BUDGET_BYTES);
      if (!sampled.ok) throw new Error(JSON.stringify(sampled.failure));
    },
    memoryBytes: decoder.peakMemoryBytes,
  };
}

/** The library's decode alone, to RGBA as it gives it; resizing would come on top. */
export async function jsquash(format: 'jpeg' | 'png'): Promise<Decoder> {
  // Node has no ImageData; a record in its place costs nothing.
  Object.assign(globalThis, { ImageData: class {} });
  return format === 'jpeg' ? jsquashJpeg() : jsquashPng();
}

async function jsquashJpeg(): Promise<Decoder> {
  const { default: decode, init } = await import('@jsquash/jpeg/decode.js');
  const module = await compile('@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm');
  let memory: WebAssembly.Memory | undefined;
  type Done = (instance: WebAssembly.Instance) => void;
  await init({
    instantiateWasm(imports: WebAssembly.Imports, done: Done) {
      const instance = new WebAssembly.Instance(module, imports);
      memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
      done(instance);
      return instance.exports;
    },
  });
  return {
    async decode(bytes) {
      await decode(bytes as Uint8Array & ArrayBuffer);
    },
    memoryBytes: () => memory?.buffer.byteLength ?? 0,
  };
}

async function jsquashPng(): Promise<Decoder> {
  const { default: decode, init } = await import('@jsquash/png/decode.js');
  const exports = await init(await compile('@jsquash/png/codec/pkg/squoosh_png_bg.wasm'));
  return {
    async decode(bytes) {
      await decode(bytes as Uint8Array & ArrayBuffer);
    },
    memoryBytes: () => exports.memory.buffer.byteLength,
  };
}

async function compile(specifier: string): Promise<WebAssembly.Module> {
  return WebAssembly.compile(readFileSync(require.resolve(specifier)));
}

/** Native libvips: to pixels, or shrunk while it decodes (which gives other pixels). */
export async function native(how: 'decode' | 'shrink'): Promise<Decoder | undefined> {
  const sharp = await import('sharp').then(
    (module): typeof sharpModule => module.default,
    () => undefined,
  );
  if (sharp === undefined) return undefined;
  sharp.concurrency(1);
  sharp.cache(false);
  return {
    async decode(bytes) {
      const picture = sharp(bytes);
      await (how === 'decode' ? picture : picture.resize(224, 224)).raw().toBuffer();
    },
    memoryBytes: () => 0,
  };
}
