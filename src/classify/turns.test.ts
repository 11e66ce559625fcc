import { describe, expect, it } from 'vitest';
import { createTurns, NO_TURNS } from './turns.ts';

const RESNET_50_MS = 100;

describe('turns', () => {
  it('lets the event loop in between any two, in the order of asking', async () => {
    const turns = createTurns();
    const seen: string[] = [];
    const ticks = setInterval(() => seen.push('.'), 0);
    const work = async (name: string) => {
      await turns.next(RESNET_50_MS);
      seen.push(name);
      await Promise.resolve();
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(work));
    clearInterval(ticks);
    expect(seen.join('')).toMatch(/a\.+b\.+c\.+d/);
  });

  it.each([
    ['looks once where nobody comes in', 0, RESNET_50_MS, 1],
    ['looks again after each that came in', 2, RESNET_50_MS, 3],
    ['looks four times at most', 9, 10_000, 4],
    ['looks no longer than 1/25 of what it will compute', 9, 50, 2],
    ['looks once before the shortest computation', 9, 0, 1],
  ])('%s', async (_what, comers, costMs, looks) => {
    const turns = createTurns();
    let looked = 0;
    // A caller at each look, until there are no more; timers of one length keep order.
    const come = (left: number): void => {
      looked++;
      if (left > 0) turns.arrived();
      timer = setTimeout(come, 0, left - 1);
    };
    let timer = setTimeout(come, 0, comers);
    await turns.next(costMs);
    clearTimeout(timer);
    expect(looked).toBe(looks);
  });

  it('one that never comes back for its turn holds nobody', async () => {
    const turns = createTurns();
    void turns.next(RESNET_50_MS).then(() => new Promise(() => undefined));
    await turns.next(RESNET_50_MS);
    await turns.next(RESNET_50_MS);
    expect(await NO_TURNS.next(1)).toBeUndefined();
  });
});
