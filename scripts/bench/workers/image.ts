import jpegModule from '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm';
import decodeJpeg, { init as initJpeg } from '@jsquash/jpeg/decode.js';
import * as png from '@jsquash/png/codec/pkg/squoosh_png_bg.wasm';
import decodePng, { init as initPng } from '@jsquash/png/decode.js';
import { workerCodecModules } from '../../../src/image/codec-modules.ts';
import { createImageDecoder, inspectImage } from '../../../src/image/image.ts';
import { BENCH_BUDGET_BYTES, BENCH_PLANS, benchCard } from '../image-plans.ts';

// POST /<decoder>?times=N decodes the body so many times and tells the decoder's memory. The clock
// stands still in here: bench:image measures the process from outside.

interface Decoder {
  decode(bytes: Uint8Array<ArrayBuffer>): Promise<unknown>;
  memoryBytes(): number;
}

const decoders = new Map<string, Promise<Decoder>>();

function decoderOf(name: string): Promise<Decoder> {
  const known = decoders.get(name) ?? startDecoder(name);
  decoders.set(name, known);
  return known;
}

async function startDecoder(name: string): Promise<Decoder> {
  // workerd has no ImageData; a record in its place costs nothing.
  Object.assign(globalThis, { ImageData: class {} });
  if (name === 'jpeg') return startJpeg();
  if (name === 'png') {
    const { memory } = await initPng(pngModule());
    return {
      decode: (bytes) => decodePng(bytes.buffer),
      memoryBytes: () => memory.buffer.byteLength,
    };
  }
  const plan = BENCH_PLANS.find(([candidate]) => candidate === name);
  if (plan === undefined) throw new RangeError(`bench: no decoder ${name}`);
  const card = benchCard(plan[1], plan[2]);
  const decoder = createImageDecoder(workerCodecModules);
  return {
    async decode(bytes) {
      const header = inspectImage(bytes);
      if (!header.ok) throw new Error(header.failure.code);
      const sampled = await decoder.sample(bytes, header.value, card, BENCH_BUDGET_BYTES);
      if (!sampled.ok) throw new Error(sampled.failure.code);
    },
    memoryBytes: decoder.peakMemoryBytes,
  };
}

/** The package's types tell what its instance exports, not what workerd imports. */
function pngModule(): WebAssembly.Module {
  const imported: object = png;
  if ('default' in imported && imported.default instanceof WebAssembly.Module) {
    return imported.default;
  }
  throw new Error('bench: @jsquash/png was not imported as a module');
}

async function startJpeg(): Promise<Decoder> {
  let memory: WebAssembly.Memory | undefined;
  await initJpeg({
    instantiateWasm(imports: WebAssembly.Imports, done: (made: WebAssembly.Instance) => void) {
      const instance = new WebAssembly.Instance(jpegModule, imports);
      memory = Object.values(instance.exports).find((value) => value instanceof WebAssembly.Memory);
      done(instance);
      return instance.exports;
    },
  });
  return {
    decode: (bytes) => decodeJpeg(bytes.buffer),
    memoryBytes: () => memory?.buffer.byteLength ?? 0,
  };
}

export default {
  async fetch(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const bytes = new Uint8Array(await request.arrayBuffer());
    const times = Number(url.searchParams.get('times'));
    if (times === 0) return Response.json({ memoryBytes: 0 });
    const decoder = await decoderOf(url.pathname.slice(1));
    for (let i = 0; i < times; i++) await decoder.decode(bytes);
    return Response.json({ memoryBytes: decoder.memoryBytes() });
  },
};
