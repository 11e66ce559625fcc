import { fail, type Result } from '../result.ts';
import { createBreaker, type Report } from './breaker.ts';
import { isOriginsFault, isRetryable, type OriginFailure } from './failure.ts';
import { createLatencies } from './latencies.ts';
import { ATTEMPT_MS_MIN, RETRY_JITTER_MS_MAX } from './limits.ts';
import type { Dialect, Origin, OriginQuestion, OriginScores } from './origin.ts';
import { createSecondCalls } from './second-calls.ts';

export interface OriginOptions {
  readonly dialect: Dialect;
  /** Milliseconds since the epoch. */
  readonly clock: () => number;
  /** 0 to 1. */
  readonly random: () => number;
  /** The most that one call may take, whatever the deadline allows. */
  readonly attemptMsMax: number;
  /** Call a second time when the first has taken longer than 95 of 100 do. */
  readonly hedging: boolean;
}

type Answer = Result<OriginScores, OriginFailure>;

/**
 * Calls an origin: while its breaker lets calls through, within the deadline, at most twice. The
 * second call, a retry or a hedge, needs a tenth of a call saved up by each of ten first ones.
 */
export function createOrigin(options: OriginOptions): Origin {
  const { dialect, clock, random } = options;
  const breaker = createBreaker(clock);
  const second = createSecondCalls();
  const latencies = createLatencies();

  async function attempt(
    question: OriginQuestion,
    report: Report,
    given: AbortSignal,
  ): Promise<Answer> {
    const beganMs = clock();
    const leftMs = Math.min(question.deadlineMsEpoch - beganMs, options.attemptMsMax);
    if (leftMs < ATTEMPT_MS_MIN) {
      report('nothing');
      return fail({ code: 'origin_timeout' });
    }
    const answer = await withTimeout(dialect, question, given, leftMs);
    const over = given.aborted;
    if (answer.ok) latencies.add(clock() - beganMs);
    report(over ? 'nothing' : outcomeOf(answer));
    return answer;
  }

  /** The first good answer of two calls, the second made when the first is late. */
  async function hedged(question: OriginQuestion, report: Report): Promise<Answer> {
    const stop = new AbortController();
    const first = attempt(question, report, stop.signal);
    const lateMs = options.hedging ? latencies.p95() : undefined;
    if (lateMs === undefined) return first;
    const early = await Promise.race([first, pause(lateMs, stop.signal)]);
    if (early !== 'paused') return early;
    const again = second.spend() ? breaker.admit() : undefined;
    if (again === undefined) return first;
    const answer = await firstGood(first, attempt(question, again, stop.signal));
    stop.abort();
    return answer;
  }

  return {
    look() {
      const { takesPictures } = dialect;
      const breakerState = breaker.look();
      const resting = breakerState.state === 'open' && clock() < breakerState.untilMs;
      return { takesPictures, state: resting ? 'resting' : 'ready' };
    },
    async ask(question) {
      const report = breaker.admit();
      if (report === undefined) return resting(breaker.look(), clock());
      second.earn();
      const first = await hedged(question, report);
      if (first.ok || !isRetryable(first.failure)) return first;
      const waitMs = random() * RETRY_JITTER_MS_MAX;
      const inTime = clock() + waitMs + ATTEMPT_MS_MIN < question.deadlineMsEpoch;
      if (!inTime || !second.spend()) return first;
      await pause(waitMs);
      const again = breaker.admit();
      if (again === undefined) return first;
      return attempt(question, again, new AbortController().signal);
    },
  };
}

function outcomeOf(answer: Answer): 'success' | 'failure' | 'nothing' {
  if (answer.ok) return 'success';
  return isOriginsFault(answer.failure) ? 'failure' : 'nothing';
}

function resting(
  state: { readonly state: string; readonly untilMs?: number },
  nowMs: number,
): Answer {
  const seconds = Math.ceil(((state.untilMs ?? nowMs) - nowMs) / 1000);
  return fail({ code: 'origin_resting', retryAfterSeconds: Math.max(1, seconds) });
}

/** A server that takes the connection and then says nothing must not hold the caller. */
async function withTimeout(
  dialect: Dialect,
  question: OriginQuestion,
  given: AbortSignal,
  ms: number,
): Promise<Answer> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), ms);
  const signal = AbortSignal.any([given, late.signal]);
  const timedOut = new Promise<Answer>((resolve) => {
    signal.addEventListener('abort', () => resolve(fail({ code: 'origin_timeout' })));
  });
  try {
    return await Promise.race([dialect.ask(question, signal), timedOut]);
  } finally {
    clearTimeout(timer);
  }
}

/** Both are awaited where neither is good; then the first one's failure is told. */
async function firstGood(first: Promise<Answer>, second: Promise<Answer>): Promise<Answer> {
  const sooner = await Promise.race([first, second]);
  if (sooner.ok) return sooner;
  const [one, other] = await Promise.all([first, second]);
  return other.ok ? other : one;
}

function pause(ms: number, signal?: AbortSignal): Promise<'paused'> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve('paused'), ms);
    signal?.addEventListener('abort', () => clearTimeout(timer));
  });
}
