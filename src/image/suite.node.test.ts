import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Result } from '../result.ts';
import { ok } from '../result.ts';
import { nodeCodecModules } from './codec-modules.node.ts';
import type { ImageFailure, ImageHeader } from './image.ts';
import { createImageDecoder, inspectImage } from './image.ts';
import type { Interpolation, Preprocess } from './preprocess.ts';

const SUITE = new URL('../../../shared/suites/images/', import.meta.url);

interface Case {
  readonly name: string;
  readonly expect: 'ok' | 'refuse' | 'either';
  readonly format?: string;
  readonly width?: number;
  readonly height?: number;
  readonly alsoSize?: readonly [number, number];
  readonly rgbSha256?: string;
  readonly plans?: Readonly<Record<string, string>>;
  readonly meanRgb?: readonly [number, number, number];
  readonly error?: string;
  readonly alsoAllowed?: readonly string[];
  readonly mayRefuse?: string;
  readonly feature?: string;
}

const hasSuite = existsSync(new URL('manifest.json', SUITE));
const cases: readonly Case[] = hasSuite
  ? JSON.parse(readFileSync(new URL('manifest.json', SUITE), 'utf8')).files
  : [];

/** Memory for one picture, as the Worker gives it. */
const BUDGET_BYTES = 100 * 2 ** 20;

/** Bytes are read for each case: together the suite's pictures are some MB. */
function read(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, SUITE)));
}

function card(
  interpolation: Interpolation,
  resize: Preprocess['resize'],
  height = 224,
  width = 224,
) {
  return {
    version: 1,
    resize,
    interpolation,
    crop: { height, width },
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
  } as const;
}

const OTHER_MEAN: Readonly<Record<string, string>> = {
  'collected/link-u_red-at-12-oclock-with-color-profile-lossy.avif':
    'the manifest applies the ICC profile; avifdec 0.11.1 --ignore-icc has our mean',
};

/** For lossy formats the manifest allows this much a channel. */
const MEAN_TOLERANCE = 2;

const decoder = createImageDecoder(nodeCodecModules);

/** The whole upright picture: a plan to its own size is a copy. */
async function decodeWhole(bytes: Uint8Array): Promise<Result<Decoded, ImageFailure>> {
  const header = inspectImage(bytes);
  if (!header.ok) return header;
  const { width, height } = header.value;
  const whole = card('opencv-bilinear', { rule: 'exact', width, height }, height, width);
  const rgb = await decoder.sample(bytes, header.value, whole, BUDGET_BYTES);
  return rgb.ok ? ok({ header: header.value, rgb: rgb.value }) : rgb;
}

interface Decoded {
  readonly header: ImageHeader;
  readonly rgb: Uint8Array;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function meanRgb(rgb: Uint8Array): readonly number[] {
  const sums = [0, 0, 0];
  for (let i = 0; i < rgb.length; i++) sums[i % 3]! += rgb[i]!;
  return sums.map((sum) => sum / (rgb.length / 3));
}

/** Decoded after every file: whatever a bad one did must not show in the next picture. */
const WITNESSES: Readonly<Record<string, string>> = {
  jpeg: 'collected/exif-samples_Canon_40D.jpg',
  png: 'generated/png/rgba_interlaced.png',
  webp: 'generated/webp/lossless.webp',
  gif: 'generated/gif/interlaced.gif',
};

async function expectNextPictureUnharmed(name: string): Promise<void> {
  const format = Object.keys(WITNESSES).find((key) => name.includes(key)) ?? 'jpeg';
  const witness = cases.find((candidate) => candidate.name === WITNESSES[format]);
  const decoded = await decodeWhole(read(witness!.name));
  expect(decoded.ok && sha256(decoded.value.rgb)).toBe(witness!.rgbSha256);
}

function expectRefused(file: Case, failure: ImageFailure): void {
  expect([file.error, file.mayRefuse, ...(file.alsoAllowed ?? [])]).toContain(failure.code);
  if (file.feature !== undefined) expect(failure).toMatchObject({ feature: file.feature });
}

function expectPicture(file: Case, { header, rgb }: Decoded): void {
  expect(file.expect).not.toBe('refuse');
  expect(header.format).toBe(file.format);
  if (file.width !== undefined) {
    const sizes = [[file.width, file.height], file.alsoSize ?? []];
    expect(sizes).toContainEqual([header.width, header.height]);
  }
  expect(rgb.length).toBe(header.width * header.height * 3);
  if (file.meanRgb !== undefined && !(file.name in OTHER_MEAN)) {
    const mean = meanRgb(rgb);
    for (const [i, value] of file.meanRgb.entries()) {
      expect(Math.abs(mean[i]! - value)).toBeLessThanOrEqual(MEAN_TOLERANCE);
    }
  }
  if (file.rgbSha256 === undefined) return;
  expect(sha256(rgb)).toBe(file.rgbSha256);
}

async function expectPlans(file: Case, bytes: Uint8Array, header: ImageHeader): Promise<void> {
  for (const [plan, hash] of Object.entries(file.plans ?? {})) {
    const [library, filter, size, crop] = plan.split('-');
    const interpolation = `${library}-${filter}` as Interpolation;
    const resize = { rule: 'short_edge', size: Number(size) } as const;
    const sampled = await decoder.sample(
      bytes,
      header,
      card(interpolation, resize, Number(crop), Number(crop)),
      BUDGET_BYTES,
    );
    expect(sampled.ok && sha256(sampled.value), plan).toBe(hash);
  }
}

describe.skipIf(!hasSuite)('the image suite (needs ../shared/suites/images)', () => {
  it('has its files', () => {
    expect(cases.length).toBe(538);
    for (const name of Object.keys(OTHER_MEAN)) {
      expect(cases.map((file) => file.name)).toContain(name);
    }
  });

  // Five decodes and two hashes of a 12 megapixel picture are the longest case.
  it.each(cases)('$expect $name', { timeout: 30_000 }, async (file) => {
    const bytes = read(file.name);
    const decoded = await decodeWhole(bytes);
    if (decoded.ok) {
      expectPicture(file, decoded.value);
      await expectPlans(file, bytes, decoded.value.header);
    } else {
      if (file.expect === 'ok') expect(file.mayRefuse).toBe(decoded.failure.code);
      expectRefused(file, decoded.failure);
    }
    await expectNextPictureUnharmed(file.name);
  });

  it.each([
    'generated/jpeg/cut_data_50_eoi.jpg',
    'generated/jpeg/dims_grow.jpg',
    'generated/jpeg/rst_wrong_number.jpg',
  ])('%s, which libjpeg fills with grey, is corrupt', async (name) => {
    expect(await decodeWhole(read(name))).toMatchObject({ failure: { code: 'corrupt_image' } });
  });
});
