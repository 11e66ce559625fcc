import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cardSchema } from '../../../src/model/card.ts';
import { readCatalogue } from '../catalogue.ts';
import { toFloatGraph } from '../graph/float-graph.ts';
import { graphMacs } from '../graph/macs.ts';
import { syntheticNetwork } from '../testing/networks.ts';
import type { Evaluation } from './evaluate.ts';
import { plotProducts } from './product-chart.ts';
import { productPoints } from './product-points.ts';

const NAME = 'resnet18_8xb16_cifar10';
const CARD = cardSchema.parse(JSON.parse(readFileSync(`models/${NAME}.json`, 'utf8')));
const MODEL = toFloatGraph(syntheticNetwork({ ...CARD.architecture, classes: 10 }, 1), 32, 32);

function evaluationOf(right: number): Evaluation {
  const row = { pictures: 1000, top5: 990, agree: 999, snrDb: 30, divergence: 0 };
  return { dataset: 'some', float: { ...row, top1: 920 }, int8: { ...row, top1: right } };
}

describe('products of a graph', () => {
  it('are those that the catalogue counts on the network', () => {
    const entry = readCatalogue().find(({ name }) => name === NAME);
    expect(graphMacs(MODEL)).toBe(entry?.computed.macs);
  });
});

describe('accuracy against products', () => {
  const points = productPoints(CARD, MODEL, evaluationOf(915));

  it('has the published models of the same data set, and both forms of this one', () => {
    const published = points.filter(({ series }) => series === 'published, float32');
    expect(published.map(({ name }) => name)).toHaveLength(5);
    expect(published.every(({ name }) => name.endsWith('_cifar10'))).toBe(true);
    expect(points.slice(5).map(({ series, top1Percent }) => [series, top1Percent])).toEqual([
      ['float32, 1000 of some', 92],
      ['int8, 1000 of some', 91.5],
    ]);
  });

  it('is drawn with every name, without a script or a font from elsewhere', () => {
    const svg = plotProducts(points);
    for (const name of ['resnet18', 'resnet34', 'resnet50', 'resnet101', 'resnet152']) {
      expect(svg).toContain(`>${name}</text>`);
    }
    expect(svg).toMatch(/^<svg /);
    expect(svg).not.toMatch(/<script|href=/);
  });

  it('of a model of the user has no others beside it', () => {
    const own = productPoints({ ...CARD, name: 'own' }, MODEL, evaluationOf(900));
    expect(own.map(({ name }) => name)).toEqual(['own', 'own']);
  });
});
