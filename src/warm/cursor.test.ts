import { describe, expect, it } from 'vitest';
import { chooseStart, type WarmCursor } from './cursor.ts';

const NOW = { list: 'a', total: 10, nowMs: 1_000_000, everyMs: 60_000 };
const anew: WarmCursor = { version: 1, list: 'a', at: 0, begun_ms: NOW.nowMs };

const CASES: ReadonlyArray<
  readonly [name: string, before: Partial<WarmCursor> | undefined, at: number | undefined]
> = [
  ['the first tick begins', undefined, 0],
  ['a round goes on, however old it is', { at: 3, begun_ms: 0 }, 3],
  ['another list is begun anew', { at: 3, list: 'b' }, 0],
  ['a round that is over rests', { at: 10, begun_ms: NOW.nowMs - 59_999 }, undefined],
  ['and begins again in time', { at: 10, begun_ms: NOW.nowMs - 60_000 }, 0],
  ['a cursor beyond its list is not believed', { at: 11 }, 0],
];

describe('where a tick goes on', () => {
  it.each(CASES)('%s', (_name, before, at) => {
    const start = chooseStart(before && { ...anew, ...before }, NOW);
    expect(start?.at).toBe(at);
    if (at === 0) expect(start).toEqual(anew);
  });

  it('has nothing to do with an empty list but to rest', () => {
    expect(chooseStart({ ...anew, at: 0 }, { ...NOW, total: 0 })).toBeUndefined();
  });
});
