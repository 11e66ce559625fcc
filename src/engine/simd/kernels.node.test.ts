import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildSimdKernels } from '../../../scripts/build.ts';
import { instantiate } from './kernels.ts';
import type { Algorithm, ConvStep, Net } from './net.ts';
import { at } from './net.ts';
import { prepare } from './prepare.ts';
import { createProgram } from './program.ts';
import type { ConvCase, Fill } from './random-net.node.ts';
import { convNet, fillPixels, random } from './random-net.node.ts';
import { referenceStep } from './reference.node.ts';

const SEED = 20261124;
const ROUNDS = 60;
const FILLS: readonly Fill[] = ['random', 'most', 'least', 'alternating', 'extremes'];
const ZEROS = [0, 1, 127, 128, 255];

let module: WebAssembly.Module;
beforeAll(async () => {
  module = await WebAssembly.compile(readFileSync(await buildSimdKernels()));
});

/** Runs one convolution by the given algorithm and by the reference; returns differing outputs. */
function differing(one: ConvCase, algorithm: Algorithm, seed: number): number {
  const lowered = convNet(one, seed);
  const kernels = instantiate(module);
  const prepared = prepare(kernels, lowered, () => algorithm);
  if (!prepared.ok) throw new Error(prepared.failure);
  const { net, layout } = prepared.value;
  const program = createProgram(kernels, net, layout);
  const last = net.steps.length - 1;
  const conv = at(net.steps, last) as ConvStep;
  const next = random(seed + 1);
  const fillAll = (id: number) => {
    const { height, width, channels } = at(net.activations, id);
    const pixels = fillPixels(height * width * channels, one.fill, next);
    program.write(id, pixels);
    return pixels;
  };
  const x = fillAll(1);
  const r = one.residual ? fillAll(2) : new Uint8Array(0);
  const [dense] = lowered.dense.values();
  const want = referenceStep(net, conv, dense, (id) => (id === 1 ? x : r));
  program.step(last);
  const got = program.read(conv.y);
  expect(got.length).toBe(want.length);
  return got.reduce((count, q, i) => count + (q === want[i] ? 0 : 1), 0);
}

const pick = <T>(list: readonly T[], next: () => number): T => {
  return at(list, Math.floor(next() * list.length));
};

function randomCase(next: () => number, fixed: Partial<ConvCase>): ConvCase {
  const pads = [0, 1, 2, 1].map((pad) => Math.min(pad, Math.floor(next() * 3)));
  return {
    height: 3 + Math.floor(next() * 14),
    width: 3 + Math.floor(next() * 14),
    channels: pick([3, 5, 8, 16, 24, 40, 64], next),
    couts: pick([1, 7, 8, 10, 16, 24], next),
    kernel: [1 + Math.floor(next() * 3), 1 + Math.floor(next() * 3)],
    stride: [1 + Math.floor(next() * 2), 1 + Math.floor(next() * 2)],
    pads: [pads[0] ?? 0, pads[1] ?? 0, pads[2] ?? 0, pads[3] ?? 0],
    zero: pick(ZEROS, next),
    ownZero: pick(ZEROS, next),
    residual: next() < 0.5,
    floor: pick([0, 0, 100], next),
    fill: pick(FILLS, next),
    ...fixed,
  };
}

const CASES: ReadonlyArray<readonly [algorithm: Algorithm, fixed: Partial<ConvCase>]> = [
  ['direct', {}],
  ['winograd', { kernel: [3, 3], stride: [1, 1] }],
  ['winograd2', { kernel: [3, 3], stride: [1, 1] }],
  ['stride2', { kernel: [3, 3], stride: [2, 2] }],
];

describe('kernels equal the reference bit for bit', () => {
  it.each(CASES)(
    `%s over ${ROUNDS} random shapes, extremes and zero points`,
    (algorithm, fixed) => {
      const next = random(SEED);
      for (let round = 0; round < ROUNDS; round++) {
        const one = randomCase(next, fixed);
        const wrong = differing(one, algorithm, SEED + round);
        expect(`${wrong} wrong, ${JSON.stringify(one)}`).toMatch(/^0 wrong/);
      }
    },
  );

  it('winograd with tiles of both sizes, kinds cut by blocks', () => {
    const next = random(SEED);
    const fixed = { kernel: [3, 3], stride: [1, 1], pads: [1, 1, 1, 1] } as const;
    // Weights of one sign would leave 2^25 at these depths.
    const mild = { ...fixed, couts: 8, fill: 'random' } as const;
    for (const [height, width, channels] of [
      [14, 14, 512],
      [13, 22, 264],
      [31, 9, 256],
      [7, 26, 512],
    ] as const) {
      const one = randomCase(next, { ...mild, height, width, channels });
      expect(differing(one, 'winograd', SEED)).toBe(0);
    }
  });

  it('direct with 1x1 windows over several blocks of pixels', () => {
    const next = random(SEED);
    const fixed = { kernel: [1, 1], stride: [1, 1], pads: [0, 0, 0, 0] } as const;
    for (const [height, channels] of [
      [40, 256],
      [7, 512],
      [33, 64],
    ] as const) {
      const one = randomCase(next, { ...fixed, height, width: height, channels });
      expect(differing(one, 'direct', SEED)).toBe(0);
    }
  });
});

describe('Strassen', () => {
  it('equals the reference over pixels that do and do not divide, residuals and extremes', () => {
    const next = random(SEED);
    const fixed = { kernel: [1, 1], stride: [1, 1], pads: [0, 0, 0, 0] } as const;
    for (let round = 0; round < ROUNDS / 2; round++) {
      const channels = pick([32, 64, 256], next);
      const one = randomCase(next, { ...fixed, channels, couts: pick([16, 32, 48], next) });
      const wrong = differing(one, 'strassen', SEED + round);
      expect(`${wrong} wrong, ${JSON.stringify(one)}`).toMatch(/^0 wrong/);
    }
  });
});

describe('the bound of Winograd', () => {
  // 588 channels of 127 * 255 over 9 taps are 0.99 * 2^24.5; 1035 reach 2^25 - 1 sum.
  it('is exact just below 2^25 and chosen there, direct beyond', () => {
    const below = Math.floor((2 ** 25 - 1) / (9 * 127 * 255));
    const channels = Math.floor(below / 8) * 8;
    const one: ConvCase = {
      ...{ height: 16, width: 8, channels, couts: 8, kernel: [3, 3], stride: [1, 1] },
      ...{ pads: [1, 1, 1, 1], zero: 0, ownZero: 3, residual: false, floor: 0, fill: 'most' },
    };
    expect(differing(one, 'winograd', SEED)).toBe(0);
    const chosen = (more: number): Algorithm => {
      const prepared = prepare(
        instantiate(module),
        convNet({ ...one, channels: channels + more }, 1),
      );
      if (!prepared.ok) throw new Error(prepared.failure);
      return (at(prepared.value.net.steps, 1) as ConvStep).algorithm;
    };
    expect(chosen(0)).toBe('winograd');
    expect(chosen(16)).toBe('direct');
  });
});

describe('the stem', () => {
  const shapes = [
    [32, 32],
    [29, 35],
    [13, 9],
  ] as const;
  it.each(shapes)('%i x %i pixels equal the reference', (height, width) => {
    const next = random(SEED);
    for (const fill of FILLS) {
      const one = randomCase(next, {
        ...{ height, width, channels: 3, couts: 16, kernel: [7, 7], stride: [2, 2] },
        ...{ pads: [3, 3, 3, 3], residual: false, fill },
      });
      const { net, dense, conv } = convNet(one, SEED);
      // The image itself, three bytes a pixel.
      const direct: ConvStep = { ...conv, x: 0, y: 1 };
      const image: Net = {
        activations: [at(net.activations, 0), at(net.activations, 2)],
        steps: [direct],
        output: 1,
      };
      const [weights] = dense.values();
      if (weights === undefined) throw new Error('no weights');
      const kernels = instantiate(module);
      const lowered = { net: image, dense: new Map([[direct, weights]]) };
      const prepared = prepare(kernels, lowered, () => 'stem');
      if (!prepared.ok) throw new Error(prepared.failure);
      const program = createProgram(kernels, prepared.value.net, prepared.value.layout);
      const x = fillPixels(height * width * 3, fill, next);
      program.write(0, x);
      program.step(0);
      const want = referenceStep(image, direct, weights, () => x);
      expect([...program.read(1)]).toEqual([...want]);
    }
  });
});
