import { describe, expect, it } from 'vitest';
import type { Card, CatalogueEntry, ModelsDocument } from './api.ts';
import { toPoints } from './chart-points.ts';

const COMPUTED = { parameters: 1, macs: 2_500_000_000 };
const auk = {
  name: 'auk',
  labels: 'birds',
  accuracy: [{ dataset: 'd', images: 10, precision: 'int8', top1: 0.9, command: '' }],
  cost: [{ engine: 'simd', cpu_ms: 100, memory_bytes: 1, machine: '', date: '', command: '' }],
  computed: COMPUTED,
} as object as Card;
const puffin = {
  name: 'puffin',
  labels: 'birds',
  published: { top1_percent: 80 },
  computed: COMPUTED,
} as object as CatalogueEntry;

function pointsOf(models: ModelsDocument['models'], catalogue: readonly CatalogueEntry[]) {
  return toPoints({ default: 'auk', models, catalogue });
}

describe('points of the chart', () => {
  it('are what was measured here and what was published', () => {
    expect(pointsOf([auk], [puffin])).toEqual([
      {
        name: 'auk',
        labels: 'birds',
        gmacs: 2.5,
        top1Percent: 90,
        series: 'here',
        price: '100 CPU ms, $2.30 a million',
      },
      {
        name: 'puffin',
        labels: 'birds',
        gmacs: 2.5,
        top1Percent: 80,
        series: 'catalogue',
        price: undefined,
      },
    ]);
  });

  it.each([
    ['without a measurement', { ...auk, accuracy: [] }],
    ['of unknown work', { ...auk, computed: undefined }],
  ])('leave out a card %s', (_why, card) => {
    expect(pointsOf([card], [])).toEqual([]);
  });

  it('leave out what cannot be read, and what nobody published', () => {
    const error = { title: '', status: 503, code: 'model_invalid' };
    const unknown = { ...puffin, published: undefined };
    expect(pointsOf([{ name: 'dodo', error }], [unknown])).toEqual([]);
  });

  it('have no price where nobody measured one', () => {
    expect(pointsOf([{ ...auk, cost: [] }], [])[0]?.price).toBeUndefined();
  });
});
