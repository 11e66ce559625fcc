import { existsSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoomWorker } from '../../test/node/room-in-workerd.ts';
import { startRoomWorker } from '../../test/node/room-in-workerd.ts';
import type {
  Carrier,
  InboundCase,
  ResponseCase,
  SignCase,
  Verdict,
} from '../../test/worker/webhook/verdicts.ts';
import { answerCase, judgeInbound, signCase } from '../../test/worker/webhook/verdicts.ts';
import type { DeliveryOutcome } from './deliver/attempt.ts';
import { ATTEMPT_TIMEOUT_MS, RETRY_AFTER_SECONDS_MAX } from './deliver/limits.ts';
import { ATTEMPT_DELAYS_SECONDS, ATTEMPTS_MAX, nextAttemptDelayMs } from './deliver/schedule.ts';
import {
  INBOUND_BODY_BYTES_MAX,
  MESSAGE_ID_CHARS_MAX,
  SIGNATURE_HEADER_BYTES_MAX,
  SIGNATURES_MAX,
  TOLERANCE_SECONDS,
} from './limits.ts';
import { INBOUND_STATUS } from './verify/failure.ts';

const SUITE = new URL('../../../shared/suites/webhooks/', import.meta.url);
const present = existsSync(SUITE);
if (!present) console.error('The webhook suite: skipped, ../shared/suites/webhooks is absent');

interface Expected {
  readonly verdict: string;
  readonly reason: string;
  readonly also?: readonly string[];
  readonly key?: number;
}

interface InboundFile {
  readonly limits: Readonly<Record<string, number>>;
  readonly reasons: Readonly<Record<string, { readonly status: number }>>;
  readonly cases: ReadonlyArray<
    InboundCase & { readonly id: string; readonly title: string; readonly expect: Expected }
  >;
}

interface Step {
  readonly attempt: number;
  readonly delay_s: number;
  readonly delay_min_s: number;
  readonly delay_max_s: number;
}

interface OutboundFile {
  readonly request_timeout_ms: number;
  readonly max_attempts: number;
  readonly retry_after_cap_s: number;
  readonly schedule: readonly Step[];
  readonly sign: ReadonlyArray<SignCase & { readonly headers: Readonly<Record<string, string>> }>;
  readonly sign_errors: ReadonlyArray<SignCase & { readonly error: string }>;
  readonly responses: ReadonlyArray<
    ResponseCase & {
      readonly title: string;
      readonly expect: {
        readonly action: string;
        readonly delay_min_s?: number;
        readonly delay_max_s?: number;
      };
    }
  >;
}

function read(file: string): unknown {
  return JSON.parse(readFileSync(new URL(file, SUITE), 'utf8'));
}

const INBOUND = (present ? read('inbound.json') : { cases: [] }) as InboundFile;
const OUTBOUND = (present ? read('outbound.json') : { responses: [] }) as OutboundFile;

let worker: RoomWorker;
beforeAll(async () => {
  if (present) worker = await startRoomWorker('webhook');
});
afterAll(() => worker?.close());

/** Each list of cases is judged twice: by Node's WebCrypto, and by workerd's. */
type Judge<A, B> = (cases: readonly A[]) => Promise<readonly B[]>;

describe.skipIf(!present)("the suite's inbound messages", () => {
  const inNode =
    (carrier: Carrier): Judge<InboundCase, Verdict> =>
    (cases) =>
      Promise.all(cases.map((given) => judgeInbound(given, carrier)));
  const inWorkerd =
    (carrier: Carrier): Judge<InboundCase, Verdict> =>
    async (cases) =>
      (await worker.ask('/inbound', { cases, carrier })) as readonly Verdict[];

  it.each([
    ['Node, field by field', inNode('pairs')],
    ['Node, from Headers', inNode('headers')],
    ['workerd, field by field', inWorkerd('pairs')],
    ['workerd, from Headers', inWorkerd('headers')],
  ])('get their verdicts, codes and keys in %s', async (where, judge) => {
    expect(INBOUND.cases.length).toBeGreaterThanOrEqual(182);
    const verdicts = await judge(INBOUND.cases);
    const wrong = INBOUND.cases.flatMap(({ id, title, expect: wanted }, i) => {
      const found = verdicts[i] as Verdict;
      const reasons = [wanted.reason, ...(wanted.also ?? [])];
      // The suite: a platform's header class that refuses a value is the expected refusal.
      const byHeaders = found.reason === 'refused_by_headers' && where.endsWith('Headers');
      const right =
        found.verdict === wanted.verdict &&
        (byHeaders || reasons.includes(found.reason)) &&
        (wanted.key === undefined || found.key === wanted.key);
      return right ? [] : [{ id, title, wanted, found }];
    });
    expect(wrong).toEqual([]);
  });

  it('get the exact code where fields are seen one by one', async () => {
    const verdicts = await inNode('pairs')(INBOUND.cases);
    const codes = INBOUND.cases.map(({ id, expect: { reason } }) => [id, reason]);
    expect(verdicts.map(({ reason }, i) => [INBOUND.cases[i]?.id, reason])).toEqual(codes);
  });

  it('are answered with its statuses', () => {
    const refusals = Object.entries(INBOUND.reasons).filter(
      ([code, { status }]) => code !== 'ok' && status !== 500,
    );
    expect(INBOUND_STATUS).toEqual(
      Object.fromEntries(refusals.map(([code, { status }]) => [code, status])),
    );
  });

  it('are held to its limits', () => {
    expect({
      max_body_bytes: INBOUND_BODY_BYTES_MAX,
      max_signatures: SIGNATURES_MAX,
      max_signature_header_bytes: SIGNATURE_HEADER_BYTES_MAX,
      max_id_length: MESSAGE_ID_CHARS_MAX,
      default_tolerance_s: TOLERANCE_SECONDS,
    }).toEqual(INBOUND.limits);
  });
});

describe.skipIf(!present)("the suite's signatures", () => {
  const inNode: Judge<SignCase, unknown> = (cases) => Promise.all(cases.map(signCase));
  const inWorkerd: Judge<SignCase, unknown> = async (cases) =>
    (await worker.ask('/sign', cases)) as readonly unknown[];

  it.each([
    ['Node', inNode],
    ['workerd', inWorkerd],
  ])('are made to the byte in %s', async (_where, judge) => {
    expect(OUTBOUND.sign.length).toBeGreaterThanOrEqual(6);
    expect(await judge(OUTBOUND.sign)).toEqual(OUTBOUND.sign.map(({ headers }) => headers));
  });

  it.each([
    ['Node', inNode],
    ['workerd', inWorkerd],
  ])('are not made with secrets that are wrong, in %s', async (_where, judge) => {
    expect(OUTBOUND.sign_errors.length).toBeGreaterThanOrEqual(5);
    expect(await judge(OUTBOUND.sign_errors)).toEqual(
      OUTBOUND.sign_errors.map(({ error }) => ({ error })),
    );
  });
});

describe.skipIf(!present)("the suite's schedule", () => {
  it('is ours', () => {
    expect(ATTEMPT_DELAYS_SECONDS).toEqual(OUTBOUND.schedule.map(({ delay_s }) => delay_s));
    expect(ATTEMPTS_MAX).toBe(OUTBOUND.max_attempts);
    expect(ATTEMPT_TIMEOUT_MS).toBe(OUTBOUND.request_timeout_ms);
    expect(RETRY_AFTER_SECONDS_MAX).toBe(OUTBOUND.retry_after_cap_s);
  });

  it('has its jitter', () => {
    const ends = OUTBOUND.schedule
      .slice(1)
      .map(({ attempt }) => [
        (nextAttemptDelayMs(attempt - 1, () => 0) ?? 0) / 1000,
        (nextAttemptDelayMs(attempt - 1, () => 1) ?? 0) / 1000,
      ]);
    expect(ends).toEqual(
      OUTBOUND.schedule.slice(1).map(({ delay_min_s, delay_max_s }) => [delay_min_s, delay_max_s]),
    );
  });
});

interface Answered {
  readonly outcome: DeliveryOutcome;
  readonly fetches: number;
}

const ACTIONS: Readonly<Record<DeliveryOutcome['outcome'], string>> = {
  delivered: 'delivered',
  retry: 'retry',
  disabled: 'disable',
  failed: 'give_up',
};

describe.skipIf(!present)("the suite's answers", () => {
  const inNode =
    (chance: number): Judge<ResponseCase, Answered> =>
    (cases) =>
      Promise.all(cases.map((given) => answerCase(given, chance)));
  const inWorkerd =
    (chance: number): Judge<ResponseCase, Answered> =>
    async (cases) =>
      (await worker.ask('/respond', { cases, chance })) as readonly Answered[];

  it.each([
    ['Node, shortest', inNode(0)],
    ['Node, longest', inNode(1)],
    ['workerd, shortest', inWorkerd(0)],
    ['workerd, in between', inWorkerd(0.37)],
  ])('lead to their actions and delays in %s', async (where, judge) => {
    expect(OUTBOUND.responses.length).toBeGreaterThanOrEqual(76);
    const answered = await judge(OUTBOUND.responses);
    const wrong = OUTBOUND.responses.flatMap(({ title, expect: wanted, outcome }, i) => {
      const { outcome: found, fetches } = answered[i] as Answered;
      const seconds = found.outcome === 'retry' ? found.delayMs / 1000 : undefined;
      const { delay_min_s: min = 0, delay_max_s: max = 0 } = wanted;
      const inTime = seconds === undefined || (seconds >= min && seconds <= max);
      const atEnd =
        seconds === undefined ||
        (where.endsWith('shortest') && Math.abs(seconds - min) < 0.002) ||
        (where.endsWith('longest') && Math.abs(seconds - max) < 0.002) ||
        where.endsWith('between');
      const asked = fetches === (outcome.error === 'url_refused' ? 0 : 1);
      const right = ACTIONS[found.outcome] === wanted.action && inTime && atEnd && asked;
      return right ? [] : [{ title, wanted, found, fetches }];
    });
    expect(wrong).toEqual([]);
  });
});
