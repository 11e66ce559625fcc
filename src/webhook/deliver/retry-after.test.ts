import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RETRY_AFTER_SECONDS_MAX } from './limits.ts';
import { parseRetryAfter } from './retry-after.ts';

/** Mon, 05 Jan 2026 10:00:00 GMT. */
const NOW = 1_767_607_200;

describe('Retry-After', () => {
  it.each<readonly [string, number | undefined]>([
    ['0', 0],
    ['120', 120],
    ['007', 7],
    ['86400', 86_400],
    ['86401', 86_400],
    ['9'.repeat(400), 86_400],
    ['Mon, 05 Jan 2026 10:10:00 GMT', 600],
    ['Monday, 05-Jan-26 10:10:00 GMT', 600],
    ['Mon Jan  5 10:10:00 2026', 600],
    ['Thu Jan 15 10:10:00 2026', 86_400],
    ['Sun, 06 Nov 1994 08:49:37 GMT', 0],
    // 94 is the past century's while 2094 is more than 50 years ahead.
    ['Sunday, 06-Nov-94 08:49:37 GMT', 0],
    ['Sunday, 06-Nov-70 08:49:37 GMT', 86_400],
    ['Mon, 05 Jan 2026 10:00:60 GMT', 60],
    ['Mon, 05 Jan 2026 10:00:61 GMT', undefined],
    ['Mon, 05 Jan 2026 24:00:00 GMT', undefined],
    ['Mon, 05 Jan 2026 10:60:00 GMT', undefined],
    ['Mon, 32 Jan 2026 10:10:00 GMT', undefined],
    ['Sun, 29 Feb 2026 10:10:00 GMT', undefined],
    ['Mon, 5 Jan 2026 10:10:00 GMT', undefined],
    ['Mon, 05 Jan 2026 10:10:00 UTC', undefined],
    ['Mon, 05 jan 2026 10:10:00 GMT', undefined],
    ['', undefined],
    ['-1', undefined],
    ['+1', undefined],
    ['1.5', undefined],
    ['1, 2', undefined],
    ['\u0661', undefined],
  ])('"%s" waits %s', (text, seconds) => {
    expect(parseRetryAfter(text, NOW)).toBe(seconds);
  });

  it('as a date is what is left of it, in whole seconds and never short', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: RETRY_AFTER_SECONDS_MAX - 1 }), (ahead) => {
        const text = new Date((NOW + ahead) * 1000).toUTCString();
        expect(parseRetryAfter(text, NOW)).toBe(ahead);
        expect(parseRetryAfter(text, NOW + 0.25)).toBe(ahead);
      }),
    );
  });

  it('is a number within a day, or nothing, for any text', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 60 }), (text) => {
        const seconds = parseRetryAfter(text, NOW) ?? 0;
        expect(seconds).toBeGreaterThanOrEqual(0);
        expect(seconds).toBeLessThanOrEqual(RETRY_AFTER_SECONDS_MAX);
      }),
    );
  });
});
