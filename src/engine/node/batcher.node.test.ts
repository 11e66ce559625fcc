import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type BatchLimits, createBatcher } from './batcher.ts';

const LIMITS: BatchLimits = { batchMax: 4, delayMs: 0, waitingMax: 6 };

function start(limits: Partial<BatchLimits> = {}) {
  const all = { ...LIMITS, ...limits };
  const runs: number[][] = [];
  const ends: Array<() => void> = [];
  const batcher = createBatcher<number, number>(all, Date.now, async (questions) => {
    runs.push([...questions]);
    await new Promise<void>((resolve) => ends.push(resolve));
    return questions.map((question) => question * 10);
  });
  const advance = (ms: number) => vi.advanceTimersByTimeAsync(ms);
  return { batcher, runs, endRun: () => ends.shift()?.(), advance };
}

const soon = () => vi.advanceTimersByTimeAsync(5);
/** What the clock says when a test begins; it moves only where a test says so. */
const T0 = 1_000_000;

beforeEach(() => void vi.useFakeTimers({ now: T0 }));
afterEach(() => void vi.useRealTimers());

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

  it('one that finds the runner idle waits for no company, whatever the delay', () => {
    const { batcher, runs } = start({ delayMs: 60_000 });
    void batcher.ask(1);
    expect(runs).toEqual([[1]]);
  });

  it('what came during a run waits for company as long as it may, and no longer', async () => {
    const { batcher, runs, endRun, advance } = start({ delayMs: 20 });
    void batcher.ask(1);
    await advance(5);
    void batcher.ask(2);
    endRun();
    await advance(19);
    void batcher.ask(3);
    expect(runs).toEqual([[1]]);
    await advance(1);
    expect(runs).toEqual([[1], [2, 3]]);
  });

  it('a run longer than the delay is company enough', async () => {
    const { batcher, runs, endRun, advance } = start({ delayMs: 20 });
    for (const question of [1, 2, 3]) void batcher.ask(question);
    await advance(20);
    endRun();
    await advance(0);
    expect(runs).toEqual([[1], [2, 3]]);
  });

  it('a full batch does not wait for the delay', async () => {
    const { batcher, runs, endRun, advance } = start({ delayMs: 60_000 });
    for (const question of [1, 2, 3, 4]) void batcher.ask(question);
    endRun();
    await advance(0);
    expect(runs).toEqual([[1]]);
    void batcher.ask(5);
    expect(runs).toEqual([[1], [2, 3, 4, 5]]);
  });

  it('what nobody waits for any more is not run, and makes room for others', async () => {
    const { batcher, runs, endRun, advance } = start({ batchMax: 2 });
    void batcher.ask(1);
    const given = [
      batcher.ask(2, T0 + 10),
      batcher.ask(3, T0 + 11),
      batcher.ask(4),
      batcher.ask(5),
    ];
    await advance(10);
    endRun();
    await advance(0);
    // Its millisecond has come: 2 is late, 3 is not.
    expect(runs).toEqual([[1], [3, 4]]);
    expect(await given[0]).toBe('late');
    await advance(0);
    endRun();
    expect(await Promise.all(given.slice(1, 3))).toEqual([30, 40]);
  });

  it('when all are late, the next one finds the runner idle', async () => {
    const { batcher, runs, endRun, advance } = start();
    void batcher.ask(1);
    const late = batcher.ask(2, T0 + 5);
    await advance(5);
    endRun();
    expect(await late).toBe('late');
    void batcher.ask(3);
    expect(runs).toEqual([[1], [3]]);
  });

  it('refuses one more than may wait, and takes the next when there is room', async () => {
    const { batcher, runs, endRun } = start({ waitingMax: 2 });
    const first = batcher.ask(1);
    const waiting = [batcher.ask(2), batcher.ask(3)];
    expect(await batcher.ask(4)).toBe('full');
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
