import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import tiny from '../../test/fixtures/tiny-pictures.json' with { type: 'json' };
import { nodeCodecModules } from './codec-modules.node.ts';
import { createImageDecoder, inspectImage } from './image.ts';
import type { Preprocess } from './preprocess.ts';

const SEED = 20261124;
const CODES = ['empty', 'unsupported_format', 'corrupt_image', 'too_large'];
const CASE_MS_MAX = 2000;

const CARD: Preprocess = {
  version: 1,
  resize: { rule: 'short_edge', size: 32 },
  interpolation: 'pillow-bilinear',
  crop: { width: 32, height: 32 },
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channels: 'rgb',
};

const decoder = createImageDecoder(nodeCodecModules);

async function sample(bytes: Uint8Array) {
  const header = inspectImage(bytes);
  return header.ok ? decoder.sample(bytes, header.value, CARD, 100e6) : header;
}

interface Edit {
  readonly at: number;
  readonly kind: 'set' | 'flip' | 'insert' | 'remove' | 'cut';
  readonly value: number;
}

function mutate(bytes: Uint8Array, edits: readonly Edit[]): Uint8Array {
  let list = [...bytes];
  for (const { at, kind, value } of edits) {
    const index = Math.floor(at * list.length);
    if (kind === 'set') list[index] = value;
    if (kind === 'flip') list[index] = (list[index] ?? 0) ^ (1 << (value & 7));
    if (kind === 'insert') list.splice(index, 0, value);
    if (kind === 'remove') list.splice(index, 1 + (value & 15));
    if (kind === 'cut') list = list.slice(0, index);
  }
  return Uint8Array.from(list);
}

const anyEdit: fc.Arbitrary<Edit> = fc.record({
  at: fc.double({ min: 0, max: 0.999999, noNaN: true }),
  kind: fc.constantFrom('set', 'flip', 'insert', 'remove', 'cut'),
  value: fc.oneof(fc.nat(255), fc.constantFrom(0, 0xff, 0x7f, 0x80)),
});

const files = Object.entries(tiny.pictures).map(
  ([name, { base64 }]) => [name, new Uint8Array(Buffer.from(base64, 'base64'))] as const,
);

describe('damaged files', () => {
  // 10 files, 100 mutations each.
  it.each(files)('%s: any damage gives pixels or a failure, soon', async (_, bytes) => {
    const whole = await sample(bytes);
    expect(whole.ok).toBe(true);
    await fc.assert(
      fc.asyncProperty(fc.array(anyEdit, { minLength: 1, maxLength: 4 }), async (edits) => {
        const start = performance.now();
        const result = await sample(mutate(bytes, edits));
        expect(performance.now() - start).toBeLessThan(CASE_MS_MAX);
        if (result.ok) expect(result.value).toHaveLength(32 * 32 * 3);
        else expect(CODES).toContain(result.failure.code);
      }),
      { numRuns: 100, seed: SEED },
    );
    expect(await sample(bytes)).toEqual(whole);
  });
});
