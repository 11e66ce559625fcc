import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ATTEMPT_DELAYS_SECONDS, ATTEMPTS_MAX, nextAttemptDelayMs } from './schedule.ts';

const chance = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the schedule', () => {
  it('is that of the specification: ten attempts over 75 hours and 35 minutes', () => {
    expect(ATTEMPT_DELAYS_SECONDS).toEqual([
      0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400,
    ]);
    expect(ATTEMPT_DELAYS_SECONDS.reduce((sum, seconds) => sum + seconds)).toBe(272_105);
    const [first = 0, second = 0] = [0, 1].map((c) => nextAttemptDelayMs(1, () => c));
    expect([first, second]).toEqual([4500, 5500]);
  });

  it('varies by a tenth to both sides', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: ATTEMPTS_MAX - 1 }), chance, (failed, c) => {
        const seconds = (nextAttemptDelayMs(failed, () => c) ?? 0) / 1000;
        const planned = ATTEMPT_DELAYS_SECONDS[failed] ?? 0;
        expect(Math.abs(seconds - planned)).toBeLessThanOrEqual(planned / 10 + 0.001);
      }),
    );
  });

  it('never comes before what a receiver asked for, and gets no further attempt from it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: ATTEMPTS_MAX }),
        fc.integer({ min: 0, max: 86_400 }),
        chance,
        (failed, asked, c) => {
          const delayMs = nextAttemptDelayMs(failed, () => c, asked);
          if (failed === ATTEMPTS_MAX) expect(delayMs).toBeUndefined();
          else expect(delayMs).toBeGreaterThanOrEqual(asked * 1000);
          const planned = nextAttemptDelayMs(failed, () => c) ?? 0;
          if (delayMs !== undefined) expect(delayMs).toBeGreaterThanOrEqual(planned);
        },
      ),
    );
  });
});
