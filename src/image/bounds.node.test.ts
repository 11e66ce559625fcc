import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import tiny from '../../test/fixtures/tiny-pictures.json' with { type: 'json' };
import { growTo } from './arena.ts';
import { createPushDecoder } from './byte-input.ts';
import { nodeCodecModules } from './codec-modules.node.ts';
import { inspectImage } from './image.ts';
import { decodeJpeg } from './jpeg/decode.ts';
import { instantiateKernels } from './kernels.ts';
import { planResize } from './plan.ts';
import { decodePng } from './png/decode.ts';
import type { Preprocess } from './preprocess.ts';

/** Issue 16's budget for the module, before compression. */
const KERNEL_BYTES_MAX = 40_000;
const MUTATIONS = 60;
const GUARD_BYTES = 2 ** 17;
const GUARD = 0xa5;

const CARD: Preprocess = {
  version: 1,
  resize: { rule: 'short_edge', size: 48 },
  interpolation: 'pillow-bicubic',
  crop: { width: 40, height: 40 },
  mean: [0, 0, 0],
  std: [1, 1, 1],
  channels: 'rgb',
};

const files = Object.entries(tiny.pictures)
  .filter(([name]) => /^(jpeg|png)/.test(name))
  .map(([name, { base64 }]) => [name, new Uint8Array(Buffer.from(base64, 'base64'))] as const);

/** A few bytes set, by a fixed rule. */
function damage(bytes: Uint8Array, n: number): Uint8Array {
  const copy = bytes.slice();
  for (let i = 0; i < n % 4; i++) {
    copy[(n * 7919 + i * 104_729) % copy.length] = [0xff, 0, 0x7f, n & 255][i]!;
  }
  return copy;
}

describe('the kernels', () => {
  it('are 40 kB of WebAssembly at most', () => {
    const module = readFileSync(new URL('../../build/image.wasm', import.meta.url));
    expect(module.length).toBeLessThanOrEqual(KERNEL_BYTES_MAX);
  });

  it.each(files)(
    '%s, whole or damaged: write nothing behind what was reserved',
    async (_, bytes) => {
      const module = await nodeCodecModules.kernels();
      for (let n = 0; n < MUTATIONS; n++) {
        const file = damage(bytes, n);
        const header = inspectImage(file);
        if (!header.ok) continue;
        const { decodeBytes, stored, format } = header.value;
        const kernels = instantiateKernels(module);
        growTo(kernels.memory, decodeBytes + GUARD_BYTES);
        const guard = new Uint8Array(kernels.memory.buffer, decodeBytes);
        guard.fill(GUARD);
        const decode = format === 'png' ? decodePng : decodeJpeg;
        const plan = planResize(stored, CARD);
        const decoder = createPushDecoder((input) => decode(kernels, input, plan, decodeBytes));
        decoder.push(file);
        const sampled = decoder.finish();
        if (n === 0) expect(sampled.ok).toBe(true);
        // Grown memory is a new buffer: nothing may have asked for more.
        expect(guard.length).toBeGreaterThanOrEqual(GUARD_BYTES);
        expect(Buffer.alloc(guard.length, GUARD).equals(guard)).toBe(true);
      }
    },
  );
});
