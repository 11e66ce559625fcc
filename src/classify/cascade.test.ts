import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseStep, confidenceOf, type StageOutcome, type StageRule } from './cascade.ts';
import { softmax } from './softmax.ts';

const RULES: readonly StageRule[] = [
  { threshold: 0.6, temperature: 1 },
  { threshold: 0.8, temperature: 2 },
  { threshold: 0.9, temperature: 1 },
];
const sure = (confidence: number): StageOutcome => ({ kind: 'scores', confidence });
const DAMAGED: StageOutcome = { kind: 'failed', passes: false };
const BROKEN: StageOutcome = { kind: 'failed', passes: true };

type Case = readonly [name: string, outcomes: readonly StageOutcome[], step: string];

const CASES: readonly Case[] = [
  ['the first stage is asked first', [], 'ask 0'],
  ['a stage at its threshold answers', [sure(0.6)], 'answer 0'],
  ['a stage below it passes on', [sure(0.599)], 'ask 1'],
  ['each stage has its own threshold', [sure(0.5), sure(0.7)], 'ask 2'],
  ['the second may answer', [sure(0.5), sure(0.8)], 'answer 1'],
  ['the last answers however unsure', [sure(0.1), sure(0.1), sure(0.01)], 'answer 2'],
  ['a failed stage leaves the answer before it', [sure(0.5), BROKEN], 'answer 0, 1 failed'],
  ['… whatever the failure', [sure(0.5), DAMAGED], 'answer 0, 1 failed'],
  ['… and the last one too', [sure(0.5), sure(0.5), BROKEN], 'answer 1, 2 failed'],
  ['a broken first stage passes on', [BROKEN], 'ask 1'],
  ['… and is told of', [BROKEN, sure(0.9)], 'answer 1, 0 failed'],
  ['… also once the third was asked', [BROKEN, sure(0.1), sure(0.1)], 'answer 2, 0 failed'],
  ['a damaged picture is damaged for all', [DAMAGED], 'fail 0'],
  ["when all failed the first one's failure is told", [BROKEN, BROKEN, BROKEN], 'fail 0'],
];

describe('chooseStep', () => {
  it.each(CASES)('%s', (_name, outcomes, expected) => {
    const step = chooseStep(RULES, outcomes);
    const failed = 'failed' in step && step.failed !== undefined ? `, ${step.failed} failed` : '';
    expect(`${step.next} ${step.stage}${failed}`).toBe(expected);
  });

  it('never answers by a threshold of 1, be the stage as sure as floats can say', () => {
    const rules = [{ threshold: 1, temperature: 1 }, ...RULES];
    expect(chooseStep(rules, [sure(1)])).toEqual({ next: 'ask', stage: 1 });
  });
});

const LOGITS = fc.array(fc.float({ noNaN: true, min: -50, max: 50 }), {
  minLength: 1,
  maxLength: 40,
});

describe('confidenceOf', () => {
  it('is the largest of softmax at temperature 1', () => {
    fc.assert(
      fc.property(LOGITS, (values) => {
        const logits = Float32Array.from(values);
        expect(confidenceOf(logits, 1)).toBeCloseTo(Math.max(...softmax(logits)), 5);
      }),
    );
  });

  it('falls towards 1 / classes as the temperature rises', () => {
    fc.assert(
      fc.property(LOGITS, fc.double({ min: 0.1, max: 10, noNaN: true }), (values, temperature) => {
        const logits = Float32Array.from(values);
        const cool = confidenceOf(logits, temperature);
        const warm = confidenceOf(logits, temperature * 2);
        expect(warm).toBeLessThanOrEqual(cool + 1e-12);
        expect(warm).toBeGreaterThanOrEqual(1 / logits.length - 1e-12);
      }),
    );
  });

  it('is what a hand calculation gives', () => {
    // exp(2/2) / (exp(2/2) + exp(0)) = e / (e + 1)
    expect(confidenceOf(Float32Array.of(2, 0), 2)).toBeCloseTo(Math.E / (Math.E + 1), 12);
  });
});
