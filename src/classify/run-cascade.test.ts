import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { makePublication } from '../../test/worker/publications.ts';
import type { ModelCard } from '../model/card.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Answer, ClassifyFailure } from './answer.ts';
import type { Cascade } from './cascade-stages.ts';
import { runCascade } from './run-cascade.ts';

const GONE: ClassifyFailure = { code: 'model_damaged', detail: 'graph: missing' };
const BAD_PICTURE: ClassifyFailure = { code: 'empty' };

let card: ModelCard;
beforeAll(async () => {
  ({ card } = await makePublication('auks', 1));
});

type Said = Result<readonly number[], ClassifyFailure>;

interface Stage {
  readonly said: Said;
  readonly threshold: number;
}

/** Each stage is a model of its own name, which says what it is told to say. */
async function climb(
  stages: readonly Stage[],
  inTime: (asked: number) => boolean = () => true,
): Promise<{ asked: number; answer: Result<Answer, ClassifyFailure> }> {
  const cards = stages.map((_, i) => ({ ...card, name: `auks_${i}` }));
  const cascade: Cascade = {
    card,
    identity: card.graph,
    stages: stages.map(({ threshold }, i) => ({
      reference: `auks_${i}`,
      threshold,
      temperature: 1,
      model: ok({ card: cards[i]!, by: 'name' }),
    })),
  };
  let asked = 0;
  const answer = await runCascade(cascade, {
    async ask(model) {
      const { said } = stages[asked++]!;
      if (!said.ok) return said;
      return ok(toAnswer(model.card, Float32Array.from(said.value)));
    },
    inTime: () => inTime(asked),
    mayHelp: ({ code }) => code !== 'empty',
  });
  return { asked, answer };
}

function toAnswer(used: ModelCard, logits: Float32Array): Answer {
  return {
    card: used,
    image: { sha256: used.graph, width: 1, height: 1, format: 'png' },
    logits,
    engine: 'simd',
    place: 'edge',
    because: 'resident',
    cache: { status: 'miss', stored: false },
  };
}

describe('runCascade', () => {
  const unsure = ok([0.1, 0]);
  const certain = ok([9, 0]);

  it('asks no further than a stage that is sure', async () => {
    const { asked, answer } = await climb([
      { said: certain, threshold: 0.9 },
      { said: unsure, threshold: 0 },
    ]);
    expect(asked).toBe(1);
    expect(answer).toMatchObject({ value: { card: { name: 'auks_0' }, cascade: { stage: 1 } } });
  });

  it('passes on, and keeps account of what ran before', async () => {
    const { answer } = await climb([
      { said: unsure, threshold: 0.9 },
      { said: unsure, threshold: 0.9 },
    ]);
    expect(answer).toMatchObject({
      value: {
        card: { name: 'auks_1' },
        cascade: {
          stage: 2,
          stages: 2,
          failed: undefined,
          earlier: [{ card: { name: 'auks_0' } }],
        },
      },
    });
  });

  it('falls back to the answer so far, and says which stage failed of what', async () => {
    const { answer } = await climb([
      { said: unsure, threshold: 0.9 },
      { said: fail(GONE), threshold: 0.9 },
    ]);
    expect(answer).toMatchObject({
      value: {
        card: { name: 'auks_0' },
        cascade: { stage: 1, failed: { stage: 2, model: 'auks_1', code: 'model_damaged' } },
      },
    });
  });

  it('begins no stage that nobody waits for any more', async () => {
    const stages = [
      { said: unsure, threshold: 0.9 },
      { said: certain, threshold: 0.9 },
    ];
    const { asked, answer } = await climb(stages, () => false);
    expect(asked).toBe(1);
    expect(answer).toMatchObject({
      value: { cascade: { stage: 1, failed: { stage: 2, code: 'deadline_exceeded' } } },
    });
  });

  it('asks one stage only of a picture that no stage can read', async () => {
    const { asked, answer } = await climb([
      { said: fail(BAD_PICTURE), threshold: 0.5 },
      { said: certain, threshold: 0.5 },
    ]);
    expect(asked).toBe(1);
    expect(answer).toEqual(fail(BAD_PICTURE));
  });

  const scores = fc.array(fc.float({ noNaN: true, min: -100, max: 100 }), {
    minLength: 2,
    maxLength: 2,
  });
  const answered: fc.Arbitrary<Said> = scores.map((values) => ok(values));
  const anything: fc.Arbitrary<Said> = fc.oneof(
    answered,
    fc.constant(fail(GONE)),
    fc.constant(fail(BAD_PICTURE)),
  );
  const threshold = fc.double({ min: 0, max: 1, noNaN: true });

  it('says what the last stage says where thresholds are 1', async () => {
    const stages = fc.array(fc.record({ said: answered, threshold: fc.constant(1) }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(stages, async (given) => {
        const { asked, answer } = await climb(given);
        expect(asked).toBe(given.length);
        const { said } = given.at(-1)!;
        expect(answer.ok && said.ok && [...answer.value.logits]).toEqual(said.ok && said.value);
      }),
    );
  });

  it('answers wherever its first stage does, and fails only as that one does', async () => {
    const stages = fc.array(fc.record({ said: anything, threshold }), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(stages, async (given) => {
        const { asked, answer } = await climb(given);
        expect(asked).toBeLessThanOrEqual(given.length);
        const first = given[0]!.said;
        if (first.ok) expect(answer.ok).toBe(true);
        if (!answer.ok) expect(answer).toEqual(first);
      }),
    );
  });
});
