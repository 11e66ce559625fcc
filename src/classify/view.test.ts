import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { softmax } from './softmax.ts';
import { viewScores } from './view.ts';

const LABELS = [{ name: 'crane', wnid: 'n02012849' }, { name: 'dock' }, { name: 'crane' }];

describe('softmax', () => {
  it('sums to one and keeps the order, whatever the logits', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -80, max: 80, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (logits) => {
          const scores = softmax(Float32Array.from(logits));
          expect(scores.reduce((a, b) => a + b, 0)).toBeCloseTo(1, 5);
          const best = logits.indexOf(Math.max(...logits));
          expect(scores[best]).toBe(Math.max(...scores));
        },
      ),
    );
  });

  it('does not overflow on large logits', () => {
    expect([...softmax(Float32Array.of(1000, 0))]).toEqual([1, 0]);
  });
});

describe('a view of a score vector', () => {
  const logits = Float32Array.of(1, 3, 2);

  it('ranks best first and names each class', () => {
    const view = viewScores(logits, LABELS, { topK: 3, minScore: 0 });
    expect(view.predictions.map((p) => [p.class_id, p.label, p.wnid])).toEqual([
      [1, 'dock', undefined],
      [2, 'crane', undefined],
      [0, 'crane', 'n02012849'],
    ]);
    expect(view.predictions[0]?.score).toBeCloseTo(0.6652, 4);
  });

  it.each([
    ['top_k cuts the list', { topK: 1, minScore: 0 }, [1]],
    ['min_score cuts the list', { topK: 3, minScore: 0.2 }, [1, 2]],
    ['min_score may leave nothing', { topK: 3, minScore: 1 }, []],
    ['more than there are classes gives all', { topK: 50, minScore: 0 }, [1, 2, 0]],
  ])('%s', (_name, wish, ids) => {
    const view = viewScores(logits, LABELS, wish);
    expect(view.predictions.map((p) => p.class_id)).toEqual(ids);
    expect([view.pred_label, view.pred_class]).toEqual([1, 'dock']);
  });

  it('puts the smaller class first among equals, as argmax does', () => {
    const view = viewScores(Float32Array.of(2, 5, 5), LABELS, { topK: 2, minScore: 0 });
    expect(view.predictions.map((p) => p.class_id)).toEqual([1, 2]);
  });

  it('names a class that the label list does not know by its number', () => {
    const view = viewScores(Float32Array.of(0, 0, 0, 9), LABELS, { topK: 1, minScore: 0 });
    expect(view.pred_class).toBe('class 3');
  });

  it.each([
    ['softmax', [0.665, 0.245, 0.09]],
    ['sigmoid', [0.9526, 0.8808, 0.7311]],
    ['none', [3, 2, 1]],
  ] as const)('scores by %s, in one order', (apply, scores) => {
    const view = viewScores(logits, LABELS, { topK: 9, minScore: -9, apply });
    expect(view.predictions.map((p) => p.class_id)).toEqual([1, 2, 0]);
    view.predictions.forEach(({ score }, i) => {
      expect(score).toBeCloseTo(scores[i] ?? Number.NaN, 3);
    });
  });
});
