import { describe, expect, it } from 'vitest';
import type { ProblemDocument } from './api.ts';
import { adviseOn, type Trouble } from './trouble.ts';

function problem(code: string, status: number, members: object = {}): Trouble {
  const document: ProblemDocument = { title: 'No', status, code, ...members };
  return { kind: 'problem', problem: document };
}

const CASES: ReadonlyArray<
  readonly [name: string, trouble: Trouble, next: RegExp, again: boolean]
> = [
  ['offline', { kind: 'offline' }, /connection/, true],
  ['no answer', { kind: 'unreachable' }, /moment/, true],
  ['a dropped link', { kind: 'not_a_file' }, /Save the picture/, false],
  ['text', problem('unsupported_format', 415, { saw: 'text' }), /like text\. JPEG/, false],
  ['something odd', problem('unsupported_format', 415), /^JPEG, PNG/, false],
  ['a heavy file', problem('body_too_large', 413, { bytesMax: 20_971_520 }), /21\.0 MB/, false],
  ['a huge one', problem('too_large', 413, { what: 'pixels', limit: 64e6 }), /64,000,000/, false],
  ['too often', problem('rate_limited', 429), /Wait/, true],
  ['a code of ours without words', problem('engine_failed', 503), /service's trouble/, true],
  ['a code of a caller', problem('bad_parameter', 400), /another picture/, false],
  ['a proxy', problem('http_502', 502), /service's trouble/, true],
];

describe('what to do about trouble', () => {
  it.each(CASES)('%s', (_name, trouble, next, again) => {
    const advice = adviseOn(trouble);
    expect(advice.next).toMatch(next);
    expect(advice.again).toBe(again);
    expect(advice.title.length).toBeGreaterThan(0);
  });

  it('says how long to wait where the service does', () => {
    const busy = { ...problem('overloaded', 503), retryAfterSeconds: 7 } as Trouble;
    expect(adviseOn(busy).next).toContain('Try again in 7 s');
  });

  it('gives an operator the code and the request', () => {
    const trouble = problem('engine_failed', 503, { request_id: 'r-1' });
    expect(adviseOn(trouble).reference).toBe('engine_failed · request r-1');
    expect(adviseOn(problem('http_502', 502)).reference).toBe('http_502');
  });
});
