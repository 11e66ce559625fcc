import { beforeAll, describe, expect, it } from 'vitest';
import { makePublication } from '../../test/worker/publications.ts';
import { cardSchema, type ModelCard } from './card.ts';
import { CASCADE_STAGES_MAX } from './limits.ts';

const STAGE = { model: 'auk', threshold: 0.5, temperature: 1 };
const PINNED = `auk@sha256:${'a'.repeat(64)}`;

let card: ModelCard;
beforeAll(async () => {
  ({ card } = await makePublication('auk', 1));
});

function stages(count: number, change: Partial<typeof STAGE> = {}): unknown[] {
  return Array.from({ length: count }, () => ({ ...STAGE, ...change }));
}

describe('the cascade of a card', () => {
  it.each<readonly [name: string, stages: unknown[], ok: boolean]>([
    ['two stages', stages(2), true],
    ['as many as there may be', stages(CASCADE_STAGES_MAX), true],
    ['one more', stages(CASCADE_STAGES_MAX + 1), false],
    ['one stage, which is none', stages(1), false],
    ['pinned models', stages(2, { model: PINNED }), true],
    ['digests', stages(2, { model: 'a'.repeat(64) }), true],
    ['a path', stages(2, { model: '../auk' }), false],
    ['a threshold of 1', stages(2, { threshold: 1 }), true],
    ['a threshold above', stages(2, { threshold: 1.01 }), false],
    ['the lowest temperature', stages(2, { temperature: 0.01 }), true],
    ['a temperature of 0', stages(2, { temperature: 0 }), false],
  ])('%s', (_name, given, ok) => {
    const parsed = cardSchema.safeParse({ ...card, cascade: { stages: given } });
    expect(parsed.success).toBe(ok);
  });
});
