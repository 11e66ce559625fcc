import { describe, expect, it } from 'vitest';
import { createBreaker } from './breaker.ts';
import {
  FAILURES_IN_A_ROW,
  OPEN_MS_FIRST,
  OPEN_MS_MAX,
  WINDOW_CALLS_MIN,
  WINDOW_MS,
} from './limits.ts';

function start() {
  const time = { ms: 0 };
  const breaker = createBreaker(() => time.ms);
  function call(outcome: 'success' | 'failure' | 'nothing'): boolean {
    const report = breaker.admit();
    report?.(outcome);
    return report !== undefined;
  }
  function callMany(count: number, outcome: 'success' | 'failure' | 'nothing'): void {
    for (let i = 0; i < count; i++) call(outcome);
  }
  return { time, breaker, call, callMany };
}

describe('the breaker', () => {
  it('opens at the fifth failure in a row, not at the fourth', () => {
    const { breaker, callMany, call } = start();
    callMany(FAILURES_IN_A_ROW - 1, 'failure');
    expect(breaker.look()).toEqual({ state: 'closed' });
    call('failure');
    expect(breaker.look()).toEqual({ state: 'open', untilMs: OPEN_MS_FIRST });
    expect(call('success')).toBe(false);
  });

  it('a success between them begins the count anew', () => {
    const { breaker, callMany, call } = start();
    callMany(FAILURES_IN_A_ROW - 1, 'failure');
    call('success');
    callMany(FAILURES_IN_A_ROW - 1, 'failure');
    expect(breaker.look().state).toBe('closed');
  });

  it('opens when half of at least twenty calls in ten seconds fail', () => {
    const { breaker, call } = start();
    for (let i = 0; i < WINDOW_CALLS_MIN - 1; i++) call(i % 2 === 0 ? 'success' : 'failure');
    expect(breaker.look().state).toBe('closed');
    call('failure');
    expect(breaker.look().state).toBe('open');
  });

  it('forgets calls of more than ten seconds ago', () => {
    const { breaker, call, time } = start();
    for (let i = 0; i < WINDOW_CALLS_MIN - 1; i++) call(i % 2 === 0 ? 'success' : 'failure');
    time.ms += WINDOW_MS;
    call('failure');
    expect(breaker.look().state).toBe('closed');
  });

  it('what says nothing of the origin does not count', () => {
    const { breaker, callMany } = start();
    callMany(50, 'nothing');
    expect(breaker.look().state).toBe('closed');
  });

  it('lets one probe through, and closes when it succeeds', () => {
    const { breaker, callMany, time } = start();
    callMany(FAILURES_IN_A_ROW, 'failure');
    time.ms = OPEN_MS_FIRST - 1;
    expect(breaker.admit()).toBeUndefined();
    time.ms = OPEN_MS_FIRST;
    const report = breaker.admit();
    expect(breaker.admit()).toBeUndefined();
    report?.('success');
    expect(breaker.look().state).toBe('closed');
    expect(breaker.admit()).toBeDefined();
  });

  it('a probe that is given up makes room for the next', () => {
    const { breaker, callMany, time } = start();
    callMany(FAILURES_IN_A_ROW, 'failure');
    time.ms = OPEN_MS_FIRST;
    breaker.admit()?.('nothing');
    expect(breaker.admit()).toBeDefined();
  });

  it('stays open twice as long after each failed probe, up to five minutes', () => {
    const { breaker, call, callMany, time } = start();
    callMany(FAILURES_IN_A_ROW, 'failure');
    const waits: number[] = [];
    for (let i = 0; i < 8; i++) {
      const looked = breaker.look();
      if (looked.state !== 'open') return expect.unreachable();
      waits.push(looked.untilMs - time.ms);
      time.ms = looked.untilMs;
      expect(call('failure')).toBe(true);
    }
    expect(waits).toEqual([5, 10, 20, 40, 80, 160, 300, 300].map((s) => s * 1000));
    expect(waits.at(-1)).toBe(OPEN_MS_MAX);
  });

  it('calls from before it opened decide nothing afterwards', () => {
    const { breaker, callMany } = start();
    const early = breaker.admit();
    callMany(FAILURES_IN_A_ROW, 'failure');
    early?.('success');
    expect(breaker.look().state).toBe('open');
  });

  it('nor do they speak for the probe', () => {
    const { breaker, callMany, time } = start();
    const early = breaker.admit();
    callMany(FAILURES_IN_A_ROW, 'failure');
    time.ms = OPEN_MS_FIRST;
    const probe = breaker.admit();
    early?.('failure');
    expect(breaker.look()).toEqual({ state: 'open', untilMs: OPEN_MS_FIRST });
    probe?.('success');
    expect(breaker.look().state).toBe('closed');
  });
});
