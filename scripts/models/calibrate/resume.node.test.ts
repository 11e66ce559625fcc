import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import { observationFilesMax } from '../limits.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from '../quantize/pipeline.ts';
import { noisePictures } from '../testing/networks.ts';
import { randomValues } from '../testing/synthetic.ts';
import { TINY_SIDE, tinyNetwork } from '../testing/tiny-network.ts';
import { forgetOldest } from './resume.ts';

const MODEL = toFloatGraph(tinyNetwork(1), TINY_SIDE, TINY_SIDE);
const PICTURES = noisePictures(10, TINY_SIDE);
const SECONDS = 1000;

let folder = '';
let whole: Buffer;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'resume-'));
  whole = Buffer.from(writeOnnx(await calibrateAndQuantize(MODEL, PICTURES, DEFAULT_OPTIONS)));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Counts the pictures that are run, and breaks down before the n-th of them. */
function breakingAt(pictures: PictureSet, n: number): { set: PictureSet; runs: () => number } {
  // All are read once for the key, before any is run.
  let reads = -pictures.size;
  const tensor = (index: number) => {
    if (reads++ >= n) throw new Error(`broke down at picture ${index}`);
    return pictures.tensor(index);
  };
  return { set: { ...pictures, tensor }, runs: () => reads };
}

describe('a calibration that breaks down', () => {
  it('before any of its pictures goes on behind the last ones put away', async () => {
    for (let n = 0; n < PICTURES.size; n++) {
      const cache = join(folder, `break-${n}`);
      const { set } = breakingAt(PICTURES, n);
      const options = { cache, saveEvery: 2 };
      await expect(calibrateAndQuantize(MODEL, set, DEFAULT_OPTIONS, options)).rejects.toThrow();
      const rest = breakingAt(PICTURES, Infinity);
      const again = await calibrateAndQuantize(MODEL, rest.set, DEFAULT_OPTIONS, options);
      expect(rest.runs(), `broken before ${n}`).toBe(PICTURES.size - 2 * Math.floor(n / 2));
      expect(Buffer.compare(writeOnnx(again), whole)).toBe(0);
    }
  });

  it('serves any method, and never another picture or graph', async () => {
    const cache = join(folder, 'shared');
    await calibrateAndQuantize(MODEL, PICTURES, DEFAULT_OPTIONS, { cache });
    const runs = async (
      model: typeof MODEL,
      pictures: PictureSet,
      method: 'mse' | 'percentile',
    ) => {
      const counted = breakingAt(pictures, Infinity);
      const options = { ...DEFAULT_OPTIONS, method };
      await calibrateAndQuantize(model, counted.set, options, { cache });
      return counted.runs();
    };
    expect(await runs(MODEL, PICTURES, 'mse')).toBe(0);
    const other = toFloatGraph(tinyNetwork(2), TINY_SIDE, TINY_SIDE);
    expect(await runs(other, PICTURES, 'percentile')).toBe(PICTURES.size);
    const turned = { ...PICTURES, tensor: (i: number) => PICTURES.tensor(PICTURES.size - i) };
    expect(await runs(MODEL, turned, 'percentile')).toBe(PICTURES.size);
  });

  it('begins anew where what it put away is damaged or cut short', async () => {
    const cache = join(folder, 'damaged');
    await calibrateAndQuantize(MODEL, PICTURES, DEFAULT_OPTIONS, { cache });
    const [name = ''] = readdirSync(cache);
    const file = readFileSync(join(cache, name));
    const flipped = Buffer.from(file);
    flipped[file.length >> 1]! ^= 1;
    for (const bad of [flipped, file.subarray(0, -1), file.subarray(0, 3), Buffer.alloc(0)]) {
      writeFileSync(join(cache, name), bad);
      const again = await calibrateAndQuantize(MODEL, PICTURES, DEFAULT_OPTIONS, { cache });
      expect(Buffer.compare(writeOnnx(again), whole)).toBe(0);
    }
  });

  it('leaves no more than its bound behind, the newest of them', async () => {
    const cache = mkdtempSync(join(folder, 'bound-'));
    for (let i = 0; i <= observationFilesMax; i++) {
      const path = join(cache, `${i}.observed`);
      writeFileSync(path, '');
      utimesSync(path, 1000 + i, 1000 + i);
    }
    await forgetOldest(cache);
    const left = readdirSync(cache);
    expect(left).toHaveLength(observationFilesMax);
    expect(left).not.toContain('0.observed');
  });
});

/** Runs the child until it ends or has told so many pictures; answers its exit code. */
function runChild(cache: string, out: string, killAt: number, delayMs: number): Promise<unknown> {
  const script = 'scripts/models/testing/quantize-tiny.ts';
  const args = ['--disable-warning=ExperimentalWarning', script, cache, out];
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  let told = 0;
  child.stdout.on('data', (chunk: Buffer) => {
    told += chunk.toString().split('\n').length - 1;
    if (told >= killAt) setTimeout(() => child.kill('SIGKILL'), delayMs);
  });
  return new Promise((resolve) => {
    child.on('close', (code, signal) => resolve(code ?? signal));
  });
}

describe('a quantization that is killed at random points, again and again', () => {
  it('never shows half a graph, and ends with the same bytes', {
    timeout: 240 * SECONDS,
  }, async () => {
    const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
    console.log(`SEED=${seed}`);
    const [cache, out] = [join(folder, 'killed'), join(folder, 'killed.onnx')];
    expect(await runChild(join(folder, 'calm'), join(folder, 'calm.onnx'), Infinity, 0)).toBe(0);
    const expected = readFileSync(join(folder, 'calm.onnx'));
    let kills = 0;
    for (const [i, chance] of randomValues(seed, 6).entries()) {
      const killAt = 1 + Math.floor(((chance + 1) / 2) * 12);
      const code = await runChild(cache, out, killAt, i * 2);
      if (code !== 0) kills++;
      const shown = readdirSync(folder).filter((name) => name === 'killed.onnx');
      for (const name of shown)
        expect(readFileSync(join(folder, name)).equals(expected)).toBe(true);
    }
    expect(kills).toBeGreaterThan(0);
    expect(await runChild(cache, out, Infinity, 0)).toBe(0);
    expect(readFileSync(out).equals(expected)).toBe(true);
  });
});
