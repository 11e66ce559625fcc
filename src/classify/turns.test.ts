import { describe, expect, it } from 'vitest';
import { createTurns, NO_TURNS } from './turns.ts';

describe('turns', () => {
  it('lets the event loop in between any two, in the order of asking', async () => {
    const turns = createTurns();
    const seen: string[] = [];
    const ticks = setInterval(() => seen.push('.'), 0);
    const work = async (name: string) => {
      await turns.next();
      seen.push(name);
      await Promise.resolve();
    };
    await Promise.all(['a', 'b', 'c', 'd'].map(work));
    clearInterval(ticks);
    expect(seen.join('')).toMatch(/a\.+b\.+c\.+d/);
  });

  it.each([
    ['looks once where nobody comes in', 0, 1],
    ['looks again after each that came in', 2, 3],
    ['looks four times at most', 9, 4],
  ])('%s', async (_what, comers, looks) => {
    const turns = createTurns();
    let looked = 0;
    // A caller at each look, until there are no more; timers of one length keep order.
    const come = (left: number): void => {
      looked++;
      if (left > 0) turns.arrived();
      timer = setTimeout(come, 0, left - 1);
    };
    let timer = setTimeout(come, 0, comers);
    await turns.next();
    clearTimeout(timer);
    expect(looked).toBe(looks);
  });

  it('one that never comes back for its turn holds nobody', async () => {
    const turns = createTurns();
    void turns.next().then(() => new Promise(() => undefined));
    await turns.next();
    await turns.next();
    expect(await NO_TURNS.next()).toBeUndefined();
  });
});
