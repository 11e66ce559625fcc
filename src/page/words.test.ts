import { describe, expect, it } from 'vitest';
import type { Run } from './api.ts';
import { sayBytes, sayCache, sayMs, sayPercent, sayWhere } from './words.ts';

const RUN: Run = { engine: 'simd', place: 'edge', because: 'resident', cache: 'miss' };

describe('words for figures', () => {
  it.each([
    [sayBytes(999), '999 bytes'],
    [sayBytes(1000), '1 kB'],
    [sayBytes(999_499), '999 kB'],
    [sayBytes(26_038_587), '26.0 MB'],
    [sayPercent(0.99554), '99.6 %'],
    [sayPercent(0.0004), '< 0.1 %'],
    [sayPercent(0), '0.0 %'],
    [sayMs(56.4), '56 ms'],
    [sayMs(1100), '1.1 s'],
  ])('%s', (said, expected) => {
    expect(said).toBe(expected);
  });

  it('tells where and why, and nothing that it does not know', () => {
    expect(sayWhere(RUN)).toBe('At the edge, because the model was in memory');
    expect(sayWhere({ ...RUN, place: 'origin', because: 'cold' })).toMatch(/^At the origin, /);
    expect(sayWhere({ ...RUN, because: 'news' })).toBe('At the edge');
  });

  it('tells the two keys of a hit apart', () => {
    expect(sayCache(RUN)).toBe('worked out now, and kept');
    expect(sayCache({ ...RUN, cache: 'hit', cache_key: 'picture' })).toBe('kept from before');
    expect(sayCache({ ...RUN, cache: 'hit', cache_key: 'tensor' })).toMatch(/same pixels/);
    expect(sayCache({ ...RUN, cache: 'bypass' })).toMatch(/as asked/);
  });
});
