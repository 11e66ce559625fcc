import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkModel } from './check.ts';
import { readModel } from './read.ts';

const FILES = '../shared/suites/onnx/files';
const present = existsSync(FILES);
const SEED = 20261124;
const MUTATIONS = 400;

/** mulberry32: small, seeded, good enough to pick bytes. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

describe.skipIf(!present)('damaged files (needs ../shared)', () => {
  it(`${MUTATIONS} seeded mutations are read or refused, never thrown`, () => {
    const files = readdirSync(FILES).filter((file) => file.startsWith('ok_'));
    const next = random(SEED);
    let refused = 0;
    for (let i = 0; i < MUTATIONS; i++) {
      const file = files[Math.floor(next() * files.length)] ?? '';
      const bytes = new Uint8Array(readFileSync(`${FILES}/${file}`));
      const changes = 1 + Math.floor(next() * 4);
      for (let j = 0; j < changes; j++) {
        bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      }
      const cut = next() < 0.2 ? Math.floor(next() * bytes.length) : bytes.length;
      const start = performance.now();
      const model = readModel(bytes.subarray(0, cut));
      const sound = model.ok && checkModel(model.value).ok;
      if (!sound) refused++;
      expect(performance.now() - start).toBeLessThan(500);
    }
    expect(refused).toBeGreaterThan(MUTATIONS / 4);
  });
});
