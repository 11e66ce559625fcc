import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import fixture from '../../test/fixtures/photos.json' with { type: 'json' };
import { nodeCodecModules } from './codec-modules.node.ts';
import { createImageDecoder, inspectImage } from './image.ts';
import type { Interpolation, Preprocess } from './preprocess.ts';

const DATA = new URL('../../../shared/data/', import.meta.url);

/** The largest progressive photograph takes 119 MB under a plan that needs most of its blocks. */
const BUDGET_BYTES = 160e6;

const decoder = createImageDecoder(nodeCodecModules);

function card([interpolation, rule, crop]: (typeof fixture.plans)[number]): Preprocess {
  return {
    version: 1,
    resize: Array.isArray(rule)
      ? { rule: 'exact', width: Number(rule[0]), height: Number(rule[1]) }
      : { rule: 'short_edge', size: Number(rule) },
    interpolation: interpolation as Interpolation,
    crop: { height: Number(crop), width: Number(crop) },
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
  };
}

async function pixelHash(bytes: Uint8Array): Promise<string> {
  const header = inspectImage(bytes);
  if (!header.ok) throw new Error(JSON.stringify(header.failure));
  const hash = createHash('sha256');
  for (const plan of fixture.plans) {
    const sampled = await decoder.sample(bytes, header.value, card(plan), BUDGET_BYTES);
    if (!sampled.ok) throw new Error(JSON.stringify(sampled.failure));
    hash.update(sampled.value);
  }
  return hash.digest('hex');
}

describe.skipIf(!existsSync(DATA))('photographs (need ../shared/data)', () => {
  const all = Object.entries(fixture.files);
  const isFewOfMany = (name: string) => name.startsWith('imagenet');
  const groups = {
    'large and bundled ones': all.filter(([name]) => !isFewOfMany(name)),
    'a sample of ImageNet': all.filter(([name]) => isFewOfMany(name)),
  };

  it('have one reference: OpenCV and Pillow decode all of them alike', () => {
    expect(fixture.pillowDecodesOtherwise).toEqual([]);
  });

  it.each(Object.entries(groups))('%s have the references pixels', async (_, files) => {
    expect(files.length).toBeGreaterThan(10);
    const differing: string[] = [];
    for (const [name, hash] of files) {
      const bytes = new Uint8Array(readFileSync(new URL(name, DATA)));
      if ((await pixelHash(bytes)) !== hash) differing.push(name);
    }
    expect(differing).toEqual([]);
  });
});
