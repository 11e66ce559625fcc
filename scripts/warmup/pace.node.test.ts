// On a clock of its own: what is waited for takes no time.
import { describe, expect, it } from 'vitest';
import { RETRY_AFTER_MS_MAX } from './limits.ts';
import { createPace, type Pace } from './pace.ts';

interface Rig {
  readonly pace: Pace;
  now(): number;
  pass(ms: number): void;
  end(): void;
}

function start(concurrency: number, rate: number): Rig {
  let now = 0;
  let ended = false;
  const pace = createPace({
    ...{ concurrency, rate },
    clock: () => now,
    ended: () => ended,
    async sleep(ms) {
      now += ms;
    },
  });
  return {
    pace,
    now: () => now,
    pass(ms) {
      now += ms;
    },
    end() {
      ended = true;
    },
  };
}

describe('the pace', () => {
  it('keeps to its requests a second', async () => {
    const { pace, now } = start(100, 10);
    for (let i = 0; i < 21; i++) expect(await pace.enter()).toBe(true);
    expect(now()).toBeGreaterThanOrEqual(2000);
    expect(now()).toBeLessThan(2100);
  });

  it('does not save up for a burst', async () => {
    const { pace, now, pass } = start(100, 10);
    await pace.enter();
    pass(10_000);
    for (let i = 0; i < 11; i++) await pace.enter();
    expect(now()).toBeGreaterThanOrEqual(11_000);
  });

  it('has no more requests under way than it says', async () => {
    const { pace, end } = start(2, 1000);
    await pace.enter();
    await pace.enter();
    let third = false;
    const waiting = pace.enter().then((entered) => {
      third = entered;
    });
    for (let i = 0; i < 20; i++) await Promise.resolve();
    expect(third).toBe(false);
    pace.leave();
    await waiting;
    expect(third).toBe(true);
    end();
    expect(await pace.enter()).toBe(false);
  });

  it('halves once for refusals that came together, and comes back with answers', () => {
    const { pace, pass } = start(8, 64);
    for (let i = 0; i < 5; i++) pace.slowDown(undefined);
    expect(pace.now()).toMatchObject({ concurrency: 4, rate: 32 });
    pass(1000);
    pace.slowDown(undefined);
    expect(pace.now()).toMatchObject({ concurrency: 2, rate: 16 });
    for (let i = 0; i < 100; i++) pace.speedUp();
    expect(pace.now()).toMatchObject({ concurrency: 8, rate: 64 });
  });

  it('goes down to one at a time and a sixteenth of its rate, no further', () => {
    const { pace, pass } = start(8, 64);
    for (let i = 0; i < 20; i++) {
      pace.slowDown(undefined);
      pass(1000);
    }
    expect(pace.now()).toMatchObject({ concurrency: 1, rate: 4 });
  });

  it('waits as long as it is told, all of it, up to a limit', async () => {
    const { pace, now } = start(8, 64);
    pace.slowDown(7000);
    pace.slowDown(3000);
    await pace.enter();
    expect(now()).toBeGreaterThanOrEqual(7000);
    expect(now()).toBeLessThan(7100);
    const before = now();
    pace.slowDown(RETRY_AFTER_MS_MAX + 60_000);
    await pace.enter();
    expect(now() - before).toBeLessThanOrEqual(RETRY_AFTER_MS_MAX + 100);
  });
});
