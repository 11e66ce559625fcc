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

  it('one that never comes back for its turn holds nobody', async () => {
    const turns = createTurns();
    void turns.next().then(() => new Promise(() => undefined));
    await turns.next();
    await turns.next();
    expect(await NO_TURNS.next()).toBeUndefined();
  });
});
