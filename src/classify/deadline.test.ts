import { describe, expect, it } from 'vitest';
import { fail, ok, type Result } from '../result.ts';
import { byDeadline, tooLate } from './deadline.ts';

type Work = Promise<Result<string, { readonly code: 'broken' }>>;

const never: Work = new Promise(() => undefined);
const refuse = (): void => {
  throw new Error('nothing may go on behind the answer');
};

describe('a deadline', () => {
  it('has passed when its millisecond has come', () => {
    expect(tooLate(() => 999, 1000)).toBe(false);
    expect(tooLate(() => 1000, 1000)).toBe(true);
  });

  it.each([ok('done'), fail({ code: 'broken' } as const)])('leaves %j alone', async (result) => {
    expect(await byDeadline(Promise.resolve(result), 1000, refuse)).toEqual(result);
  });

  it('answers for work that is not done, which goes on behind', async () => {
    const behind: Array<Promise<void>> = [];
    const late = await byDeadline(never, 5, (work) => behind.push(work));
    expect(late).toEqual(fail({ code: 'deadline_exceeded' }));
    expect(behind).toHaveLength(1);
  });

  it('that passed before answers at once', async () => {
    const late = await byDeadline(never, -5000, () => undefined);
    expect(late).toEqual(fail({ code: 'deadline_exceeded' }));
  });
});
