import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nodeCodecModules } from './codec-modules.node.ts';
import { createImageDecoder, inspectImage, normalise } from './image.ts';
import type { Interpolation, Preprocess } from './preprocess.ts';

// What OpenCV, Pillow and numpy made of the same pictures: scripts/fixtures/preprocess.py.
const FIXTURES = new URL('../../test/fixtures/preprocess/', import.meta.url);
const PHOTOGRAPHS = new URL('../../../shared/data/samples/', import.meta.url);

interface Expected {
  readonly cards: Readonly<
    Record<
      string,
      {
        readonly resize: Preprocess['resize'];
        readonly interpolation: Interpolation;
        readonly crop: number;
      }
    >
  >;
  readonly sources: readonly {
    readonly file: string;
    readonly folder: 'fixtures' | 'photographs';
    readonly width: number;
    readonly height: number;
    readonly rgbSha256: string;
  }[];
  readonly cases: readonly {
    readonly source: string;
    readonly card: string;
    readonly rgbSha256: string;
    readonly rgb?: string;
    readonly tensorSha256: string;
  }[];
}

const expected: Expected = JSON.parse(readFileSync(new URL('expected.json', FIXTURES), 'utf8'));
const folders = { fixtures: FIXTURES, photographs: PHOTOGRAPHS } as const;
const decoder = createImageDecoder(nodeCodecModules);

function preprocess(name: string): Preprocess {
  const { resize, interpolation, crop } = expected.cards[name]!;
  return {
    version: 1,
    resize,
    interpolation,
    crop: { height: crop, width: crop },
    mean: [123.675, 116.28, 103.53],
    std: [58.395, 57.12, 57.375],
    channels: 'rgb',
  };
}

async function sample(url: URL, card: Preprocess): Promise<Uint8Array> {
  const bytes = new Uint8Array(readFileSync(url));
  const header = inspectImage(bytes);
  if (!header.ok) throw new Error(header.failure.code);
  const rgb = await decoder.sample(bytes, header.value, card, 100 * 2 ** 20);
  if (!rgb.ok) throw new Error(rgb.failure.code);
  return rgb.value;
}

function sha256(bytes: Uint8Array | Float32Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

describe.each(expected.sources)('$file', ({ file, folder, width, height, rgbSha256 }) => {
  const url = new URL(file, folders[folder]);
  const cases = expected.cases.filter(({ source }) => source === file);
  const absent = !existsSync(url);

  it.skipIf(absent)('decodes to the pixels that the references saw', async () => {
    const card = preprocess('opencv_32_32');
    const resize = { rule: 'exact', width, height } as const;
    const rgb = await sample(url, { ...card, resize, crop: { width, height } });
    expect(sha256(rgb)).toBe(rgbSha256);
  });

  it.skipIf(absent).each(cases)('$card is the reference, byte for byte', async (wanted) => {
    const card = preprocess(wanted.card);
    const rgb = await sample(url, card);
    if (wanted.rgb !== undefined) expect(Buffer.from(rgb).toString('hex')).toBe(wanted.rgb);
    expect(sha256(rgb)).toBe(wanted.rgbSha256);
    // numpy's float32 arithmetic, bit for bit: the tolerance asked for is 1e-6.
    expect(sha256(normalise(rgb, card))).toBe(wanted.tensorSha256);
  });
});
