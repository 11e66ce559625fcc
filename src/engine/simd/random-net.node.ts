import type { Lowered } from './lower.ts';
import type { Activation, ConvStep, Net, Pads, Pair, Step } from './net.ts';
import type { Dense } from './weights.ts';

/** mulberry32, seeded: every net of a test can be made again. */
export function random(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

export interface ConvCase {
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly couts: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: Pads;
  readonly zero: number;
  readonly ownZero: number;
  readonly residual: boolean;
  readonly floor: number;
  readonly fill: Fill;
}

/** What weights and pixels are made of: the extremes are where integer tricks break. */
export type Fill = 'random' | 'most' | 'least' | 'alternating' | 'extremes';

export function fillWeights(count: number, fill: Fill, next: () => number): Int8Array {
  return Int8Array.from({ length: count }, (_, i) => {
    if (fill === 'most') return 127;
    if (fill === 'least') return -128;
    if (fill === 'alternating') return i % 2 === 0 ? 127 : -128;
    if (fill === 'extremes') return next() < 0.5 ? 127 : -128;
    return Math.floor(next() * 256) - 128;
  });
}

export function fillPixels(count: number, fill: Fill, next: () => number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => {
    if (fill === 'most') return 255;
    if (fill === 'least') return 0;
    if (fill === 'alternating') return i % 2 === 0 ? 255 : 0;
    if (fill === 'extremes') return next() < 0.5 ? 255 : 0;
    return Math.floor(next() * 256);
  });
}

const f = Math.fround;

/**
 * A net of one convolution behind an identity pool, so that it reads an inner activation, and with
 * another convolution's output as residual where one is asked for. The last step is the one meant.
 */
export function convNet(one: ConvCase, seed: number): Lowered & { readonly conv: ConvStep } {
  const next = random(seed);
  const { height, width, channels, couts, kernel, stride, pads } = one;
  const outHeight = Math.floor((height + pads[0] + pads[2] - kernel[0]) / stride[0]) + 1;
  const outWidth = Math.floor((width + pads[1] + pads[3] - kernel[1]) / stride[1]) + 1;
  const taps = kernel[0] * kernel[1];
  const weights = fillWeights(couts * channels * taps, one.fill, next);
  const spread = Math.sqrt(taps * channels) * 5000;
  const ownScale = f(0.02 * (0.5 + next()));
  const scales = Float32Array.from({ length: couts }, () => {
    return f(((0.5 + next()) * 60 * ownScale) / spread);
  });
  const bias = Int32Array.from({ length: couts }, () => Math.floor((next() - 0.5) * spread));
  const dense: Dense = {
    ...{ couts, cins: channels, taps, bias, scales },
    weights: new Uint8Array(weights.buffer),
  };
  const image: Activation = {
    ...{ name: 'x', height, width, channels },
    ...{ scale: f(0.02), zero: one.zero },
  };
  const out = { height: outHeight, width: outWidth, channels: couts };
  const residual: Activation = { name: 'r', ...out, scale: f(0.013 + 0.01 * next()), zero: 77 };
  const y: Activation = one.residual
    ? { name: 'y', ...out, scale: f(0.03), zero: one.ownZero }
    : { name: 'y', ...out, scale: ownScale, zero: one.ownZero };
  const conv: ConvStep = {
    ...{ kind: 'conv', algorithm: 'direct', x: 1, y: one.residual ? 3 : 2 },
    residual: one.residual ? 2 : null,
    ...{ kernel, stride, pads, ownScale, ownZero: one.residual ? 131 : one.ownZero },
    floor: one.floor,
  };
  const same: Step = {
    ...{ kind: 'max', x: 0, y: 1, kernel: [1, 1], stride: [1, 1] },
    ...{ pads: [0, 0, 0, 0], countPads: false },
  };
  if (!one.residual) {
    const net: Net = { activations: [image, image, y], steps: [same, conv], output: conv.y };
    return { net, dense: new Map([[conv, dense]]), conv };
  }
  // Some step must write the residual, or it would have no place in memory.
  const writer: ConvStep = { ...conv, y: 2, residual: null };
  const steps = [same, writer, conv];
  const net: Net = { activations: [image, image, residual, y], steps, output: conv.y };
  const weightsOf: [ConvStep, Dense][] = [
    [writer, dense],
    [conv, dense],
  ];
  return { net, dense: new Map(weightsOf), conv };
}
