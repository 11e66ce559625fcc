import { describe, expect, it } from 'vitest';
import { RECIPES } from '../../models/recipes.ts';
import { BOUNDS, brokenBounds } from './bounds.ts';
import type { AccuracyRow } from './measure.ts';

function row(graph: string, top1: number, agree: number): AccuracyRow {
  const comparison = { pictures: 500, top1, top5: 480, agree, snrDb: 20, divergence: 0.01 };
  const rest = { noisiest: undefined, layers: [], cpuMs: 1 };
  return { model: 'resnet50_keras_in1k', graph, comparison, ...rest };
}

describe('bounds of accuracy', () => {
  it.each([
    ['two fewer and 97 % are accepted', 'percentile', 390, 485, 0],
    ['three fewer are not', 'percentile', 389, 485, 1],
    ['nor is less than 97 %', 'percentile', 390, 484, 1],
    ['ten fewer are accepted without pictures', 'data-free', 382, 100, 0],
    ['eleven fewer are not', 'data-free', 381, 100, 1],
    ['more right than float32 is no fault', 'data-free', 400, 100, 0],
    ['other calibrators have no bound', 'entropy', 0, 0, 0],
  ] as const)('%s', (_, graph, top1, agree, broken) => {
    expect(brokenBounds([row('fp32', 392, 500), row(graph, top1, agree)])).toHaveLength(broken);
  });

  it('are of models that can be made, with their own calibrator among them', () => {
    for (const { name, method } of RECIPES) {
      const graphs = BOUNDS.filter(({ model }) => model === name).map(({ graph }) => graph);
      expect(graphs, name).toContain(method);
      expect(graphs, name).toContain('embedded');
    }
  });
});
