import { readFileSync } from 'node:fs';
import sharp from 'sharp';
import { nodeCodecModules } from '../../src/image/codec-modules.node.ts';
import { createImageDecoder, type ImageHeader, inspectImage } from '../../src/image/image.ts';
import { planResize } from '../../src/image/plan.ts';
import type { Preprocess } from '../../src/image/preprocess.ts';
import { samplePlan } from '../../src/image/sample.ts';
import { medianOf } from '../bench/statistics.ts';

export interface SharpComparison {
  readonly pictures: number;
  /** Pictures whose crop is not ours to the last bit, and the largest difference of a byte. */
  readonly otherPixels: readonly string[];
  readonly farthest: number;
  /** CPU ms from the file to the crop's pixels, medians: ours, and sharp's full decode alone. */
  readonly oursCpuMs: number;
  readonly sharpCpuMs: number;
}

/**
 * The crop's pixels by our decoder, and by our resize plan over sharp's whole picture: what sharp
 * would do at the origin, where a resize of its own gives other pixels than the card's library.
 * One thread each, in turn within this process.
 */
export async function compareSharp(
  preprocess: Preprocess,
  paths: readonly string[],
): Promise<SharpComparison> {
  sharp.concurrency(1);
  sharp.cache(false);
  const decoder = createImageDecoder(nodeCodecModules);
  const otherPixels: string[] = [];
  const times = { ours: [] as number[], sharp: [] as number[] };
  let farthest = 0;
  for (const path of paths) {
    const bytes = new Uint8Array(readFileSync(path));
    const header = inspectImage(bytes);
    if (!header.ok) throw new Error(`${path}: ${header.failure.code}`);
    const sampled = await timed(times.ours, () =>
      decoder.sample(bytes, header.value, preprocess, Number.POSITIVE_INFINITY),
    );
    if (!sampled.ok) throw new Error(`${path}: ${sampled.failure.code}`);
    const rgba = await timed(times.sharp, () => decodeBySharp(bytes));
    const theirs = cropOf(rgba, header.value, preprocess);
    const apart = largestDifference(sampled.value, theirs);
    if (apart > 0) otherPixels.push(path);
    farthest = Math.max(farthest, apart);
  }
  return {
    pictures: paths.length,
    otherPixels,
    farthest,
    oursCpuMs: medianOf(times.ours),
    sharpCpuMs: medianOf(times.sharp),
  };
}

/** The stored picture: no orientation, no profile applied. */
async function decodeBySharp(bytes: Uint8Array): Promise<Uint8Array> {
  return sharp(bytes, { autoOrient: false }).toColourspace('srgb').ensureAlpha().raw().toBuffer();
}

function cropOf(rgba: Uint8Array, header: ImageHeader, preprocess: Preprocess): Uint8Array {
  const { width, height } = header.stored;
  const plan = planResize(header.stored, preprocess);
  return samplePlan(plan, { width, height, rgba, opaque: header.opaque });
}

async function timed<T>(into: number[], work: () => Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  into.push((user + system) / 1000);
  return result;
}

function largestDifference(a: Uint8Array, b: Uint8Array): number {
  return a.reduce((most, byte, i) => Math.max(most, Math.abs(byte - (b[i] ?? 0))), 0);
}
