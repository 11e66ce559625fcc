import { deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPushDecoder } from './byte-input.ts';
import { nodeCodecModules } from './codec-modules.node.ts';
import {
  idctReference,
  upsampleH2V1Reference,
  upsampleH2V2Reference,
  yccToRgbReference,
} from './jpeg/reference.node.ts';
import { instantiateKernels } from './kernels.ts';
import type { Orientation } from './orientation.ts';
import { planResize } from './plan.ts';
import { decodePng } from './png/decode.ts';
import { unfilterReference } from './png/reference.node.ts';
import { samplePlan } from './sample.ts';

const SEED = 20261124;
const kernels = instantiateKernels(await nodeCodecModules.kernels());
const parts = kernels as typeof kernels & {
  idct(from: number, quant: number, work: number, to: number, stride: number): void;
  idctOfFew(from: number, quant: number, work: number, to: number, stride: number): void;
  upsampleH2V1(row: number, width: number, to: number, from: number, end: number): void;
  upsampleH2V2(...addresses: number[]): void;
  yccToRgb(...addresses: number[]): void;
  unfilter(filter: number, row: number, above: number, bytes: number, bpp: number): number;
};

/** Room for the tests, far above what the kernels use themselves. */
const BASE = 300_000;
const at = (n: number) => BASE + n * 8192;

function put(address: number, bytes: Uint8Array): void {
  new Uint8Array(kernels.memory.buffer).set(bytes, address);
}

function get(address: number, length: number): Uint8Array {
  return new Uint8Array(kernels.memory.buffer, address, length).slice();
}

const bytesOf = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });
const rowPair = fc.integer({ min: 3, max: 300 }).chain((n) => fc.tuple(bytesOf(n), bytesOf(n)));

describe('kernels equal their references', () => {
  it('idct, over coefficients that honest files have', () => {
    const coefficient = fc.oneof(fc.constant(0), fc.integer({ min: -300, max: 300 }));
    const block = fc.array(coefficient, { minLength: 64, maxLength: 64 });
    const ones = Uint8Array.from({ length: 128 }, (_, i) => (i + 1) % 2);
    fc.assert(
      fc.property(block, fc.integer({ min: -1024, max: 1023 }), (list, dc) => {
        const coefficients = Int16Array.from([dc * 2, ...list.slice(1)]);
        put(at(0), new Uint8Array(coefficients.buffer));
        put(at(1), ones);
        parts.idct(at(0), at(1), at(2), at(3), 8);
        expect(get(at(3), 64)).toEqual(idctReference(coefficients));
        // Zigzag indexes 0 to 9: a triangle of four rows.
        const few = coefficients.map((value, i) => ((i >> 3) + (i & 7) < 4 ? value : 0));
        put(at(0), new Uint8Array(few.buffer));
        parts.idctOfFew(at(0), at(1), at(2), at(3), 8);
        expect(get(at(3), 64)).toEqual(idctReference(few));
      }),
      { seed: SEED, numRuns: 500 },
    );
  });

  it('upsampling, at any width', () => {
    fc.assert(
      fc.property(rowPair, ([near, far]) => {
        const width = near.length;
        put(at(0), near);
        put(at(1), far);
        parts.upsampleH2V1(at(0), width, at(3), 0, 2 * width);
        expect(get(at(3), 2 * width)).toEqual(upsampleH2V1Reference(near));
        parts.upsampleH2V2(at(0), at(1), width, at(2), at(3), 0, 2 * width);
        expect(get(at(3), 2 * width)).toEqual(upsampleH2V2Reference(near, far));
      }),
      { seed: SEED, numRuns: 300 },
    );
  });

  it('colour, for every pair of chroma values', () => {
    const ramp = Uint8Array.from({ length: 256 }, (_, i) => i);
    const luma = Uint8Array.from({ length: 256 }, (_, i) => (i * 7) & 255);
    put(at(0), luma);
    put(at(1), ramp);
    for (let cr = 0; cr < 256; cr++) {
      put(at(2), new Uint8Array(256).fill(cr));
      parts.yccToRgb(at(0), at(1), at(2), at(3), at(4), at(5), 0, 256);
      const planes = [get(at(3), 256), get(at(4), 256), get(at(5), 256)] as const;
      for (let cb = 0; cb < 256; cb++) {
        const rgb = planes.map((plane) => plane[cb]!);
        expect(rgb).toEqual(yccToRgbReference(luma[cb]!, cb, cr));
      }
    }
  });

  it('PNG filters, at any pixel size', () => {
    const filters = fc.constantFrom(0, 1, 2, 3, 4);
    const sizes = fc.constantFrom(1, 2, 3, 4, 6, 8);
    fc.assert(
      fc.property(filters, sizes, fc.integer({ min: 1, max: 60 }), fc.nat(), (f, bpp, n, seed) => {
        const row = Uint8Array.from({ length: n * bpp }, (_, i) => (seed >> (i % 24)) * (i + 3));
        const above = row.map((value, i) => (value * 31 + i * seed) & 255);
        put(at(0), row);
        put(at(1), above);
        expect(parts.unfilter(f, at(0), at(1), row.length, bpp)).toBe(1);
        expect(get(at(0), row.length)).toEqual(unfilterReference(f, row, above, bpp));
      }),
      { seed: SEED, numRuns: 500 },
    );
    expect(parts.unfilter(5, at(0), at(1), 3, 3)).toBe(0);
  });

  it('resampling, under any plan and orientation', async () => {
    const size = fc.integer({ min: 1, max: 150 });
    const interpolation = fc.constantFrom(
      'opencv-bilinear' as const,
      'pillow-bilinear' as const,
      'pillow-bicubic' as const,
    );
    const orientation = fc.integer({ min: 1, max: 8 }) as fc.Arbitrary<Orientation>;
    const edge = fc.integer({ min: 1, max: 90 });
    await fc.assert(
      fc.asyncProperty(
        fc.record({ width: size, height: size, orientation }),
        fc.record({ interpolation, w: edge, h: edge, cropW: edge, cropH: edge }),
        fc.nat(),
        async (stored, card, seed) => {
          const plan = planResize(stored, {
            version: 1,
            resize: { rule: 'exact', width: card.w, height: card.h },
            interpolation: card.interpolation,
            crop: { width: Math.min(card.w, card.cropW), height: Math.min(card.h, card.cropH) },
            mean: [0, 0, 0],
            std: [1, 1, 1],
            channels: 'rgb',
          });
          const rgba = noise(stored.width * stored.height, seed);
          const decoder = createPushDecoder((input) => decodePng(kernels, input, plan, 40e6));
          decoder.push(png({ ...stored, rgba }, seed));
          const own = decoder.finish();
          const wanted = samplePlan(plan, { ...stored, rgba, opaque: true });
          expect(own.ok && own.value).toEqual(wanted);
        },
      ),
      { seed: SEED, numRuns: 200 },
    );
  });
});

/** Opaque; by the seed without any repetition or full of it. */
function noise(pixels: number, seed: number): Uint8Array {
  const period = seed % 3 === 0 ? 4 * pixels : 1 + (seed % 997);
  return Uint8Array.from({ length: 4 * pixels }, (_, i) =>
    i % 4 === 3 ? 255 : (Math.imul((i % period) + 1, (seed | 1) ^ 0x9e3779b1) >>> 13) & 255,
  );
}

interface Rgba {
  readonly width: number;
  readonly height: number;
  readonly rgba: Uint8Array;
}

/** Of any kind of deflate block, without checksums: the header's parser looks at those. */
function png({ width, height, rgba }: Rgba, seed: number): Uint8Array {
  const rows = new Uint8Array((4 * width + 1) * height);
  for (let y = 0; y < height; y++) {
    rows.set(rgba.subarray(4 * width * y, 4 * width * (y + 1)), (4 * width + 1) * y + 1);
  }
  const data = deflateSync(rows, { level: seed % 10, strategy: seed % 5 });
  const out = new Uint8Array(33 + 12 + data.length);
  const view = new DataView(out.buffer);
  view.setUint32(16, width);
  view.setUint32(20, height);
  out.set([8, 6], 24);
  view.setUint32(33, data.length);
  out.set(new TextEncoder().encode('IDAT'), 37);
  out.set(data, 41);
  return out;
}
