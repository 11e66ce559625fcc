import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
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

const decoder = createImageDecoder(nodeCodecModules);

type Outcome =
  | { readonly header: ImageHeader; readonly rgb: Uint8Array }
  | { readonly failure: ImageFailure };

/** The whole upright picture: a plan to its own size is a copy. */
async function decodeWhole(bytes: Uint8Array): Promise<Outcome> {
  const header = inspectImage(bytes);
  if (!header.ok) return header;
  const { width, height } = header.value;
  const whole = card('opencv-bilinear', { rule: 'exact', width, height }, height, width);
  const rgb = await decoder.sample(bytes, header.value, whole, BUDGET_BYTES);
  return rgb.ok ? { header: header.value, rgb: rgb.value } : rgb;
}

function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function meanRgb(rgb: Uint8Array): number[] {
  const sums = [0, 0, 0];
  for (let i = 0; i < rgb.length; i++) sums[i % 3]! += rgb[i]!;
  return sums.map((sum) => sum / (rgb.length / 3));
}

const problems: string[] = [];
for (const file of cases) {
  const bytes = read(file.name);
  const t0 = performance.now();
  let o: Outcome;
  try {
    o = await decodeWhole(bytes);
  } catch (e) {
    problems.push(`${file.name}: THROW ${e}`);
    continue;
  }
  const ms = performance.now() - t0;
  if (ms > 800) problems.push(`${file.name}: ${ms} ms`);
  const note = (s: string) => problems.push(`${file.expect} ${file.name}: ${s}`);
  if ('failure' in o) {
    const f = o.failure;
    const allowed = [file.error, file.mayRefuse, ...(file.alsoAllowed ?? [])];
    if (file.expect === 'ok' && file.mayRefuse !== f.code) note(JSON.stringify(f));
    else if (file.expect !== 'ok' && !allowed.includes(f.code)) note(JSON.stringify(f));
    if (file.feature && (f.code !== 'unsupported_format' || f.feature !== file.feature))
      note('feature ' + JSON.stringify(f));
  } else {
    if (file.expect === 'refuse') {
      note('decoded ' + JSON.stringify(o.header));
      continue;
    }
    if (file.format && o.header.format !== file.format) note('format');
    if (file.width && (o.header.width !== file.width || o.header.height !== file.height))
      note('size ' + o.header.width + 'x' + o.header.height);
    if (file.rgbSha256 && sha256(o.rgb) !== file.rgbSha256) note('rgb hash ' + o.header.features);
    if (file.meanRgb) {
      const m = meanRgb(o.rgb);
      if (m.some((v, i) => Math.abs(v - file.meanRgb![i]!) > 2))
        note('mean ' + m + ' ' + file.meanRgb);
    }
    for (const [plan, hash] of Object.entries(file.plans ?? {})) {
      const [a, b, size] = plan.split('-');
      const c = card(`${a}-${b}` as Interpolation, { rule: 'short_edge', size: Number(size) });
      const r = await decoder.sample(bytes, o.header, c, BUDGET_BYTES);
      if (!r.ok || sha256(r.value) !== hash) note('plan ' + plan + ' ' + o.header.features);
    }
  }
}
console.log(problems.join('\n'));
describe('x', () => it('y', () => expect(1).toBe(1)));
