import { describe, expect, it } from 'vitest';
import tiny from '../../test/fixtures/tiny-pictures.json';
import { workerCodecModules } from './codec-modules.ts';
import type { ImageHeader } from './image.ts';
import { createImageDecoder, inspectImage, normalise, preprocessId } from './image.ts';
import { CODEC_RESIDENT_BYTES_MAX } from './limits.ts';
import type { Preprocess } from './preprocess.ts';

const BUDGET_BYTES = 100e6;

type PictureName = keyof typeof tiny.pictures;

const names = Object.keys(tiny.pictures) as PictureName[];

function picture(name: PictureName): Uint8Array {
  return fromBase64(tiny.pictures[name].base64);
}

function fromBase64(text: string): Uint8Array {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}

function card(width: number, height: number): Preprocess {
  return {
    version: 1,
    resize: { rule: 'exact', width, height },
    interpolation: 'opencv-bilinear',
    crop: { width, height },
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    channels: 'rgb',
  };
}

function header(bytes: Uint8Array): ImageHeader {
  const found = inspectImage(bytes);
  if (!found.ok) throw new Error(JSON.stringify(found.failure));
  return found.value;
}

const decoder = createImageDecoder(workerCodecModules);

async function decode(bytes: Uint8Array): Promise<Uint8Array> {
  const found = header(bytes);
  const whole = card(found.width, found.height);
  const sampled = await decoder.sample(bytes, found, whole, BUDGET_BYTES);
  if (!sampled.ok) throw new Error(JSON.stringify(sampled.failure));
  return sampled.value;
}

/** AVIF and lossy WebP leave the upsampling of colour to the decoder. */
const TOLERANCES: ReadonlyMap<PictureName, number> = new Map([
  ['avif', 2],
  ['webp_lossy', 2],
]);

function greatestDifference(a: Uint8Array, b: Uint8Array): number {
  expect(a.length).toBe(b.length);
  return a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

describe('decoding in workerd', () => {
  it.each(names)('%s gives the reference decoder pixels', async (name) => {
    const rgb = await decode(picture(name));
    const wanted = fromBase64(tiny.pictures[name].rgb);
    expect(greatestDifference(rgb, wanted)).toBeLessThanOrEqual(TOLERANCES.get(name) ?? 0);
  });

  it('keeps no instance beyond its limit, and decodes the same after a failure', async () => {
    const fresh = createImageDecoder(workerCodecModules);
    const bytes = picture('webp_lossy');
    const found = header(bytes);
    const first = await fresh.sample(bytes, found, card(8, 8), BUDGET_BYTES);
    expect(fresh.peakMemoryBytes()).toBeGreaterThan(CODEC_RESIDENT_BYTES_MAX);
    expect(fresh.memoryBytes()).toBeLessThanOrEqual(CODEC_RESIDENT_BYTES_MAX);
    const damaged = bytes.slice();
    damaged.fill(0xaa, 20);
    const failed = await fresh.sample(damaged, found, card(8, 8), BUDGET_BYTES);
    expect(failed).toMatchObject({ ok: false, failure: { code: 'corrupt_image' } });
    expect(fresh.memoryBytes()).toBe(0);
    expect(await fresh.sample(bytes, found, card(8, 8), BUDGET_BYTES)).toEqual(first);
  });

  it('leaves the globals that it lends as they were', async () => {
    const before = Uint8ClampedArray;
    await decode(picture('webp_lossy'));
    expect(Uint8ClampedArray).toBe(before);
    expect([...new Uint8ClampedArray([300])]).toEqual([255]);
  });

  it('shares the making of an instance between pictures that come together', async () => {
    let compiled = 0;
    const counting = createImageDecoder({
      ...workerCodecModules,
      webp: () => {
        compiled++;
        return workerCodecModules.webp();
      },
    });
    const bytes = picture('webp_lossy');
    const one = () => counting.sample(bytes, header(bytes), card(16, 16), BUDGET_BYTES);
    const [first, ...others] = await Promise.all([one(), one(), one()]);
    for (const other of others) expect(other).toEqual(first);
    expect(compiled).toBe(1);
  });
});

describe('memory', () => {
  it('a budget that is met exactly is enough, one byte less is too little', async () => {
    const bytes = picture('webp_lossy');
    const found = header(bytes);
    const enough = await decoder.sample(bytes, found, card(4, 4), found.decodeBytes);
    expect(enough.ok).toBe(true);
    const less = found.decodeBytes - 1;
    expect(await decoder.sample(bytes, found, card(4, 4), less)).toEqual({
      ok: false,
      failure: { code: 'too_large', what: 'memory', limit: less, actual: found.decodeBytes },
    });
  });
});

/** A PNG of the same upright picture, stored so that `orientation` turns it upright. */
async function storedPng(orientation: number): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height } = tiny;
  const upright = fromBase64(tiny.drawn);
  const [w, h] = orientation >= 5 ? [height, width] : [width, height];
  const rows = new Uint8Array((w * 3 + 1) * h);
  for (let y = 0; y < h; y++) {
    for (let x = 0; x < w; x++) {
      const [ux, uy] = toUpright(x, y, w, h, orientation);
      const from = (uy * width + ux) * 3;
      rows.set(upright.subarray(from, from + 3), y * (w * 3 + 1) + 1 + x * 3);
    }
  }
  const stream = new Blob([rows]).stream().pipeThrough(new CompressionStream('deflate'));
  const data = new Uint8Array(await new Response(stream).arrayBuffer());
  const exif = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    1,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
  ];
  return Uint8Array.from([
    ...[0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10],
    ...chunk('IHDR', [0, 0, 0, w, 0, 0, 0, h, 8, 2, 0, 0, 0]),
    ...chunk('eXIf', exif),
    ...chunk('IDAT', [...data]),
    ...chunk('IEND', []),
  ]);
}

/** Where a stored pixel stands in the upright picture (EXIF 2.32, 4.6.4, tag 274). */
function toUpright(x: number, y: number, w: number, h: number, orientation: number) {
  const mirrored = [w - 1 - x, h - 1 - y] as const;
  const places: ReadonlyArray<readonly [number, number]> = [
    [x, y],
    [mirrored[0], y],
    mirrored,
    [x, mirrored[1]],
    [y, x],
    [mirrored[1], x],
    [mirrored[1], mirrored[0]],
    [y, mirrored[0]],
  ];
  return places[orientation - 1]!;
}

function chunk(type: string, data: readonly number[]): number[] {
  const named = [...Array.from(type, (letter) => letter.charCodeAt(0)), ...data];
  let crc = -1;
  for (const byte of named) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  crc = ~crc;
  const bytes = (value: number) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
  return [...bytes(data.length), ...named, ...bytes(crc)];
}

describe('orientation', () => {
  it.each(['opencv-bilinear', 'pillow-bilinear', 'pillow-bicubic'] as const)(
    'all eight give one tensor with %s',
    async (interpolation) => {
      const resize = { rule: 'short_edge', size: 30 } as const;
      const crop = { width: 28, height: 28 };
      const preprocess = { ...card(28, 28), resize, crop, interpolation };
      const tensors = [];
      for (let orientation = 1; orientation <= 8; orientation++) {
        const bytes = await storedPng(orientation);
        const found = header(bytes);
        expect(found).toMatchObject({ width: tiny.width, height: tiny.height });
        const sampled = await decoder.sample(bytes, found, preprocess, BUDGET_BYTES);
        tensors.push(sampled.ok ? normalise(sampled.value, preprocess) : sampled);
      }
      for (const tensor of tensors) expect(tensor).toEqual(tensors[0]);
      expect(tensors[0]).toHaveLength(3 * 28 * 28);
    },
  );
});

describe('normalise', () => {
  it('puts channels in planes, in the order of the card', () => {
    const rgb = Uint8Array.from([255, 0, 10, 20, 30, 40]);
    const plain = { ...card(2, 1), mean: [0, 1, 2], std: [1, 2, 4] } as const;
    expect([...normalise(rgb, plain)]).toEqual([255, 20, -0.5, 14.5, 2, 9.5]);
    expect([...normalise(rgb, { ...plain, channels: 'bgr' })]).toEqual([
      10, 40, -0.5, 14.5, 63.25, 4.5,
    ]);
  });

  it('is float32 arithmetic', () => {
    const [mean, std] = [123.675, 58.395];
    const tensor = normalise(Uint8Array.from([7, 7, 7]), card(1, 1));
    expect(tensor[0]).toBe(Math.fround(Math.fround(7 - Math.fround(mean)) / Math.fround(std)));
  });

  it('refuses other than the crop', () => {
    expect(() => normalise(new Uint8Array(5), card(2, 1))).toThrow(RangeError);
  });
});

describe('preprocessId', () => {
  it('is the same for equal values and another for any change', async () => {
    const first = card(224, 224);
    const reordered = Object.fromEntries(Object.entries(first).reverse()) as unknown;
    const changes: Preprocess[] = [
      { ...first, version: 2 },
      { ...first, resize: { rule: 'short_edge', size: 224 } },
      { ...first, resize: { rule: 'exact', width: 224, height: 225 } },
      { ...first, interpolation: 'pillow-bilinear' },
      { ...first, crop: { width: 223, height: 224 } },
      { ...first, mean: [123.675, 116.28, 103.5] },
      { ...first, std: [58.395, 57.12, 57] },
      { ...first, channels: 'bgr' },
    ];
    const ids = await Promise.all([first, ...changes].map(preprocessId));
    expect(ids[0]).toMatch(/^v1-[0-9a-f]{16}$/);
    expect(await preprocessId(reordered as Preprocess)).toBe(ids[0]);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
