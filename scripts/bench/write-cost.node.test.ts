import { describe, expect, it } from 'vitest';
import type { Digest } from '../../src/digest.ts';
import type { ModelCard } from '../../src/model/card.ts';
import { replaceCost } from './write-cost.ts';

const ORT = {
  engine: 'ort',
  cpu_ms: 12.5,
  memory_bytes: 44_000_000,
  machine: 'one',
  date: '2026-11-24',
  command: 'npm run bench:request -- --write',
};
const CARD: ModelCard = {
  name: 'small',
  graph: 'a'.repeat(64) as Digest,
  bytes: 10,
  input: { height: 32, width: 32, layout: 'NCHW' },
  classes: 10,
  preprocess: {
    version: 1,
    resize: { rule: 'short_edge', size: 32 },
    interpolation: 'pillow-bilinear',
    crop: { height: 32, width: 32 },
    mean: [0, 0, 0],
    std: [1, 1, 1],
    channels: 'rgb',
  },
  labels: 'ten',
  architecture: { family: 'resnet', depth: 18, variant: 'cifar', style: 'pytorch' },
  source: { title: 'a test' },
  licence: 'Apache-2.0',
  accuracy: [],
  calibration: { method: 'mse', images: 1, dataset: 'none' },
  cost: [],
};

describe("a card's cost", () => {
  it('has one entry an engine, the newest', () => {
    const first = replaceCost(CARD, ORT);
    const other = replaceCost(first, { ...ORT, engine: 'simd', cpu_ms: 3 });
    const again = replaceCost(other, { ...ORT, cpu_ms: 11 });
    expect(again.cost.map(({ engine, cpu_ms }) => [engine, cpu_ms])).toEqual([
      ['simd', 3],
      ['ort', 11],
    ]);
    expect({ ...again, cost: [] }).toEqual(CARD);
  });

  it('takes no figure that the card would not', () => {
    expect(() => replaceCost(CARD, { ...ORT, cpu_ms: 0 })).toThrow();
  });
});
