import { describe, expect, it } from 'vitest';
import { type BatchLimits, createBatcher } from './batcher.ts';

const LIMITS: BatchLimits = { batchMax: 4, delayMs: 0, waitingMax: 6 };

function start(limits: Partial<BatchLimits> = {}) {
  const runs: number[][] = [];
  const ends: Array<() => void> = [];
  const batcher = createBatcher<number, number>({ ...LIMITS, ...limits }, async (questions) => {
    runs.push([...questions]);
    await new Promise<void>((resolve) => ends.push(resolve));
    return questions.map((question) => question * 10);
  });
  return { batcher, runs, endRun: () => ends.shift()?.() };
}

const soon = () => new Promise((resolve) => setTimeout(resolve, 5));

describe('the batcher', () => {
  it('a lone question waits for nobody', async () => {
    const { batcher, runs, endRun } = start();
    const answer = batcher.ask(1);
    expect(runs).toEqual([[1]]);
    endRun();
    expect(await answer).toBe(10);
  });

  it('what comes during a run is the next one, up to the most', async () => {
    const { batcher, runs, endRun } = start();
    const answers = [1, 2, 3, 4, 5, 6].map((question) => batcher.ask(question));
    endRun();
    await soon();
    endRun();
    await soon();
    endRun();
    expect(await Promise.all(answers)).toEqual([10, 20, 30, 40, 50, 60]);
    expect(runs).toEqual([[1], [2, 3, 4, 5], [6]]);
  });

  it('an idle runner may wait for company', async () => {
    const { batcher, runs, endRun } = start({ delayMs: 20 });
    const answers = [batcher.ask(1), batcher.ask(2)];
    expect(runs).toEqual([]);
    await expect.poll(() => runs).toEqual([[1, 2]]);
    endRun();
    expect(await Promise.all(answers)).toEqual([10, 20]);
  });

  it('a full batch does not wait for the delay', () => {
    const { batcher, runs } = start({ delayMs: 60_000 });
    for (const question of [1, 2, 3, 4]) void batcher.ask(question);
    expect(runs).toEqual([[1, 2, 3, 4]]);
  });

  it('refuses one more than may wait, and takes the next when there is room', async () => {
    const { batcher, runs, endRun } = start({ waitingMax: 2 });
    const first = batcher.ask(1);
    const waiting = [batcher.ask(2), batcher.ask(3)];
    expect(await batcher.ask(4)).toBeUndefined();
    endRun();
    await first;
    await soon();
    const later = batcher.ask(5);
    endRun();
    await Promise.all(waiting);
    await soon();
    endRun();
    expect(await later).toBe(50);
    expect(runs).toEqual([[1], [2, 3], [5]]);
  });
});
