import { describe, expect, it } from 'vitest';
import card from '../../models/resnet18_8xb16_cifar10.json';
import type { Answer } from '../classify/answer.ts';
import type { Digest } from '../digest.ts';
import { cardSchema } from '../model/card.ts';
import { toRunFacts } from './run-facts.ts';

const CARD = cardSchema.parse(card);
const CPU_MS = CARD.cost.find(({ engine }) => engine === 'simd')?.cpu_ms ?? Number.NaN;

const HERE: Answer = {
  card: CARD,
  image: { sha256: 'a'.repeat(64) as Digest, width: 2000, height: 1000, format: 'jpeg' },
  logits: new Float32Array(10),
  engine: 'simd',
  place: 'edge',
  because: 'resident',
  cache: { status: 'miss', stored: true },
};
const THERE: Answer = { ...HERE, engine: 'node:cuda', place: 'origin', because: 'cold' };
const KEPT: Answer = {
  ...HERE,
  because: 'kept',
  cache: { status: 'hit', key: 'picture', tier: 'datacentre' },
};

describe("the facts of a request's pictures", () => {
  it('say all of one', () => {
    expect(toRunFacts([HERE], 0)).toEqual({
      model: CARD.name,
      engine: 'simd',
      place: 'edge',
      because: 'resident',
      cache: 'miss',
      format: 'jpeg',
      pictures: 1,
      hits: 0,
      failed: 0,
      at_edge: 1,
      at_origin: 0,
      cpu_ms: CPU_MS,
      unpriced: 0,
      megapixels: 2,
    });
  });

  it('name what several share, and say of the rest that it differs', () => {
    const facts = toRunFacts([HERE, THERE, KEPT], 2);
    expect(facts).toMatchObject({ model: CARD.name, format: 'jpeg', place: 'mixed' });
    expect(facts).toMatchObject({ cache: 'mixed', because: 'mixed', tier: 'mixed' });
    expect(facts).toMatchObject({ pictures: 5, failed: 2, hits: 1, at_edge: 1, at_origin: 1 });
    expect(facts.megapixels).toBe(6);
  });

  it('count as unpriced what no card has a figure for, and price the rest', () => {
    const facts = toRunFacts([HERE, THERE, KEPT], 0);
    expect([facts.unpriced, facts.cpu_ms]).toEqual([1, CPU_MS + 2]);
  });

  it('have the work of every stage of a cascade', () => {
    const cascade = { stage: 2, stages: 2, confidence: 0.9, earlier: [HERE] };
    expect(toRunFacts([{ ...HERE, cascade }], 0).cpu_ms).toBe(2 * CPU_MS);
  });

  it('say which tier a kept answer was in', () => {
    expect(toRunFacts([KEPT], 0)).toMatchObject({ tier: 'datacentre', hits: 1, at_edge: 0 });
    expect(toRunFacts([], 1)).toMatchObject({ pictures: 1, failed: 1, cpu_ms: 0 });
    expect(toRunFacts([], 1).model).toBeUndefined();
  });
});
