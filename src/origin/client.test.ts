import { afterEach, describe, expect, it, vi } from 'vitest';
import { sha256 } from '../digest.ts';
import { fail, ok, type Result } from '../result.ts';
import { createOrigin, type OriginOptions } from './client.ts';
import type { OriginFailure } from './failure.ts';
import { FAILURES_IN_A_ROW, LATENCIES_MIN } from './limits.ts';
import type { Dialect, OriginQuestion, OriginScores } from './origin.ts';

type Answer = Result<OriginScores, OriginFailure>;

const GOOD: Answer = ok({ scores: Float32Array.of(1), engine: 'node:cpu' });
const RESET: Answer = fail({ code: 'origin_unreachable', passing: true });
const WRONG: Answer = fail({ code: 'origin_mismatch' });
const HANGS = 'hangs';

const digest = await sha256(Uint8Array.of(1));

function question(deadlineMsEpoch = Date.now() + 5000): OriginQuestion {
  return {
    model: 'auk',
    graph: digest,
    classes: 1,
    picture: { bytes: Uint8Array.of(1), sha256: digest },
    tensor: async () => fail({ code: 'no_tensor' }),
    deadlineMsEpoch,
  };
}

/** An origin whose answers are given one after the other; the last one stays. */
function start(
  answers: ReadonlyArray<Answer | typeof HANGS>,
  options: Partial<OriginOptions> = {},
) {
  const calls: AbortSignal[] = [];
  const dialect: Dialect = {
    name: 'ours',
    takesPictures: true,
    async ask(_question, signal) {
      const answer = answers[Math.min(calls.length, answers.length - 1)] ?? GOOD;
      calls.push(signal);
      return answer === HANGS ? new Promise<Answer>(() => {}) : answer;
    },
  };
  const origin = createOrigin({
    dialect,
    clock: Date.now,
    random: () => 0,
    attemptMsMax: 60_000,
    hedging: false,
    ...options,
  });
  return { origin, calls };
}

/** Ten first calls that go well save up one second call. */
async function earn(origin: ReturnType<typeof start>['origin'], calls = 10): Promise<void> {
  for (let i = 0; i < calls; i++) await origin.ask(question());
}

afterEach(() => void vi.useRealTimers());

describe('an origin', () => {
  it('is asked once when it answers', async () => {
    const { origin, calls } = start([GOOD]);
    expect(await origin.ask(question())).toEqual(GOOD);
    expect(calls).toHaveLength(1);
  });

  it('is asked a second time after a failure that may pass, when that was saved up', async () => {
    const { origin, calls } = start([...Array(10).fill(GOOD), RESET, GOOD]);
    await earn(origin);
    expect(await origin.ask(question())).toEqual(GOOD);
    expect(calls).toHaveLength(12);
  });

  it('is not asked again with nothing saved up, nor where that would be no better', async () => {
    const poor = start([RESET, GOOD]);
    expect(await poor.origin.ask(question())).toEqual(RESET);
    const wrong = start([...Array(10).fill(GOOD), WRONG, GOOD]);
    await earn(wrong.origin);
    expect(await wrong.origin.ask(question())).toEqual(WRONG);
    expect([poor.calls.length, wrong.calls.length]).toEqual([1, 11]);
  });

  it('is called at most 1.1 times a request, however it fails', async () => {
    const { origin, calls } = start([RESET, GOOD, GOOD, GOOD]);
    // Never five failures in a row: the breaker stays out of it.
    for (let i = 0; i < 200; i++) await origin.ask(question());
    expect(calls.length).toBeLessThanOrEqual(220);
  });

  it('is not waited for beyond the deadline, and the call is given up', async () => {
    vi.useFakeTimers({ now: 1_000_000, toFake: ['setTimeout', 'clearTimeout', 'Date'] });
    const { origin, calls } = start([HANGS]);
    let answer: Answer | undefined;
    const asked = origin.ask(question(Date.now() + 80)).then((answered) => {
      answer = answered;
    });
    await vi.advanceTimersByTimeAsync(79);
    expect([answer, calls[0]?.aborted]).toEqual([undefined, false]);
    await vi.advanceTimersByTimeAsync(1);
    await asked;
    expect([answer, calls[0]?.aborted]).toEqual([fail({ code: 'origin_timeout' }), true]);
  });

  it('is not called with a deadline that has passed', async () => {
    const { origin, calls } = start([GOOD]);
    expect(await origin.ask(question(Date.now()))).toEqual(fail({ code: 'origin_timeout' }));
    expect(calls).toHaveLength(0);
  });

  it('rests after failures in a row, says for how long, and a probe wakes it', async () => {
    const time = { ms: 1_000_000 };
    const failing = Array(FAILURES_IN_A_ROW).fill(WRONG);
    const { origin, calls } = start([...failing, GOOD], { clock: () => time.ms });
    for (let i = 0; i < FAILURES_IN_A_ROW; i++) await origin.ask(question(time.ms + 5000));
    expect(origin.look().state).toBe('resting');
    const refused = await origin.ask(question(time.ms + 5000));
    expect(refused).toEqual(fail({ code: 'origin_resting', retryAfterSeconds: 5 }));
    expect(calls).toHaveLength(FAILURES_IN_A_ROW);
    time.ms += 5000;
    expect(origin.look().state).toBe('ready');
    expect(await origin.ask(question(time.ms + 5000))).toEqual(GOOD);
    expect(origin.look().state).toBe('ready');
  });

  it('a picture that the origin refuses says nothing of its health', async () => {
    const { origin } = start([fail({ code: 'origin_status', status: 422 })]);
    for (let i = 0; i < 20; i++) await origin.ask(question());
    expect(origin.look().state).toBe('ready');
  });

  it('hedges a call that is later than most, and takes the first good answer', async () => {
    const answers = [...Array(LATENCIES_MIN).fill(GOOD), HANGS, GOOD];
    const { origin, calls } = start(answers, { hedging: true });
    await earn(origin, LATENCIES_MIN);
    expect(await origin.ask(question())).toEqual(GOOD);
    expect(calls).toHaveLength(LATENCIES_MIN + 2);
    expect(calls[LATENCIES_MIN]?.aborted).toBe(true);
  });

  it('without hedging a late call is waited for until the deadline', async () => {
    const answers = [...Array(LATENCIES_MIN).fill(GOOD), HANGS];
    const { origin } = start(answers);
    await earn(origin, LATENCIES_MIN);
    const answer = await origin.ask(question(Date.now() + 60));
    expect(answer).toEqual(fail({ code: 'origin_timeout' }));
  });
});
