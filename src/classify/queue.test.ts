import { describe, expect, it } from 'vitest';
import embedded from '../../models/resnet50_keras_in1k.json';
import { cardSchema } from '../model/card.ts';
import { createQueue } from './queue.ts';

const card = cardSchema.parse(embedded);
const costMs = card.cost[0]?.cpu_ms ?? Number.NaN;

function entered(queue: ReturnType<typeof createQueue>, leftMs = 10_000): () => void {
  const given = queue.enter(card, leftMs);
  if (!given.ok) throw new Error(given.failure.code);
  return given.value;
}

describe('the queue of an isolate', () => {
  it('counts what is in hand by the cards, each picture once', () => {
    const queue = createQueue(10_000);
    const leave = entered(queue);
    entered(queue);
    expect(queue.waitMs()).toBe(2 * costMs);
    leave();
    leave();
    expect(queue.waitMs()).toBe(costMs);
  });

  it('takes a picture that finds its most in hand, and not the next', () => {
    const queue = createQueue(2 * costMs);
    const leave = entered(queue);
    entered(queue);
    entered(queue);
    const refused = { ok: false, failure: { code: 'overloaded', retryAfterSeconds: 1 } };
    expect(queue.enter(card, 10_000)).toEqual(refused);
    leave();
    expect(queue.enter(card, 10_000)).toMatchObject({ ok: true });
  });

  it("counts a batch's tensors", () => {
    const queue = createQueue(10_000);
    const batch = queue.enter(card, 10_000, 8);
    expect(queue.waitMs()).toBe(8 * costMs);
    if (batch.ok) batch.value();
    expect(queue.waitMs()).toBe(0);
  });

  it('refuses whoever will not wait so long', () => {
    const queue = createQueue(10_000);
    entered(queue);
    expect(queue.enter(card, costMs)).toMatchObject({ ok: true });
    expect(queue.enter(card, 2 * costMs - 1)).toMatchObject({ failure: { code: 'overloaded' } });
  });

  it('a card without a measured cost counts as a ResNet-50', () => {
    const queue = createQueue(10_000);
    queue.enter({ ...card, cost: [] }, 10_000);
    expect(queue.waitMs()).toBe(100);
  });
});
