import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import tiny from '../../test/fixtures/tiny-pictures.json' with { type: 'json' };
import { nodeCodecModules } from './codec-modules.node.ts';
import type { Pieces } from './image.ts';
import { createImageDecoder, inspectImage } from './image.ts';
import type { Interpolation, Preprocess } from './preprocess.ts';

const PHOTOS = new URL('../../../shared/data/photos/', import.meta.url);
const SUITE = new URL('../../../shared/suites/images/', import.meta.url);
const BUDGET_BYTES = 30e6;

const decoder = createImageDecoder(nodeCodecModules);

function card(interpolation: Interpolation): Preprocess {
  return {
    version: 1,
    resize: { rule: 'short_edge', size: 256 },
    interpolation,
    crop: { height: 224, width: 224 },
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
  };
}

function* cut(bytes: Uint8Array, size: number): Iterable<Uint8Array> {
  // Pieces of their own, wiped afterwards: no decoder may keep one.
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.slice(at, at + size);
    yield piece;
    piece.fill(0xff);
  }
}

async function sampleBoth(
  bytes: Uint8Array,
  interpolation: Interpolation,
  pieces: (bytes: Uint8Array) => Pieces,
) {
  const header = inspectImage(bytes);
  if (!header.ok) throw new Error(header.failure.code);
  const { format } = header.value;
  if (format !== 'jpeg' && format !== 'png') throw new Error(format);
  const known = { ...header.value, format };
  const preprocess = card(interpolation);
  const whole = await decoder.sample(bytes, known, preprocess, BUDGET_BYTES);
  const pieced = await decoder.samplePieces(pieces(bytes), known, preprocess, BUDGET_BYTES);
  return { whole, pieced };
}

async function expectTheSame(bytes: Uint8Array, sizes: readonly number[]): Promise<void> {
  for (const interpolation of ['opencv-bilinear', 'pillow-bilinear'] as const) {
    for (const size of sizes) {
      const { whole, pieced } = await sampleBoth(bytes, interpolation, (all) => cut(all, size));
      expect(whole.ok).toBe(true);
      expect(pieced).toEqual(whole);
    }
  }
}

const tinies = Object.entries(tiny.pictures)
  .filter(([name]) => /^(jpeg|png)/.test(name))
  .map(([name, { base64 }]) => [name, new Uint8Array(Buffer.from(base64, 'base64'))] as const);

describe('a file in pieces', () => {
  it.each(tinies)('%s: of 1, 2, 3, 7, 61 and all bytes', async (_, bytes) => {
    await expectTheSame(bytes, [1, 2, 3, 7, 61, bytes.length]);
  });

  it('a stream is one', async () => {
    const [, bytes] = tinies[0]!;
    const { whole, pieced } = await sampleBoth(bytes, 'opencv-bilinear', (all) => {
      return new Blob([all.slice()]).stream();
    });
    expect(pieced).toEqual(whole);
  });

  it('is not asked for beyond the last row that the plan needs', async () => {
    const [, bytes] = tinies.find(([name]) => name.startsWith('jpeg'))!;
    const end = new Uint8Array(1e6);
    let asked = 0;
    function* endless(): Iterable<Uint8Array> {
      yield bytes;
      for (;;) {
        asked++;
        yield end;
      }
    }
    const { pieced } = await sampleBoth(bytes, 'opencv-bilinear', endless);
    expect(pieced.ok).toBe(true);
    expect(asked).toBeLessThanOrEqual(1);
  });

  it('that ends early is corrupt', async () => {
    for (const [, bytes] of tinies) {
      const { pieced } = await sampleBoth(bytes, 'opencv-bilinear', (all) => {
        return cut(all.subarray(0, Math.floor(all.length / 2)), 5);
      });
      expect(pieced).toMatchObject({ failure: { code: 'corrupt_image' } });
    }
  });
});

describe.skipIf(!existsSync(PHOTOS))('photographs in pieces (need ../shared/data/photos)', () => {
  const names = existsSync(PHOTOS) ? readdirSync(PHOTOS).filter((f) => f.endsWith('.jpg')) : [];

  it.each(names)('%s', async (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, PHOTOS)));
    await expectTheSame(bytes, [997, 65_537]);
  });
});

interface SuiteFile {
  readonly name: string;
  readonly expect: string;
  readonly format?: string;
}

const hasSuite = existsSync(new URL('manifest.json', SUITE));
const valid = !hasSuite
  ? []
  : (JSON.parse(readFileSync(new URL('manifest.json', SUITE), 'utf8')).files as SuiteFile[])
      .filter((file) => file.expect === 'ok' && /^(jpeg|png)$/.test(file.format ?? ''))
      .map(({ name }) => name);
/** Byte by byte a larger file would take longer than it tells. */
const SMALL_BYTES_MAX = 60_000;

describe.skipIf(!hasSuite)('every valid file of the suite in pieces (needs ../shared)', () => {
  it.each(valid)('%s', async (name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, SUITE)));
    await expectTheSame(bytes, bytes.length < SMALL_BYTES_MAX ? [1, 997] : [4099]);
  });
});
