import { fail, ok, type Result } from '../../src/result.ts';
import { parseRetryAfter } from '../../src/webhook/deliver/retry-after.ts';
import { backoffMs, type Timing } from '../models/pull/timing.ts';
import type { Budget } from './budget.ts';
import {
  ANSWER_BYTES_MAX,
  ANSWER_MS_MAX,
  BROKEN_IN_A_ROW_MAX,
  BROKEN_TRIES_MAX,
  TRIES_MAX,
} from './limits.ts';
import type { Meter } from './meter.ts';
import type { Pace } from './pace.ts';

export interface Question {
  /** Of a picture that goes with it. */
  readonly bytes: number;
  /** Sends it once, with these beside its own; may throw as `fetch` does. */
  send(init: RequestInit): Promise<Answering>;
}

/** What of a response is looked at, be it `fetch`'s or the typed client's. */
export type Answering = Pick<Response, 'status' | 'headers' | 'body'>;

export interface Reply {
  readonly status: number;
  /** JSON, whatever it holds. */
  readonly body: unknown;
  readonly headers: Headers;
}

export type AskFailure =
  /** The run is over: the budget says why. */
  | { readonly code: 'ended'; readonly why: string }
  | { readonly code: 'no_answer'; readonly why: string }
  /** The service's own code, or `status_<n>` where there is none. */
  | { readonly code: string; readonly status: number; readonly why: string };

/** One request until it is answered for good: 2xx and 404 are answers. */
export type Ask = (question: Question) => Promise<Result<Reply, AskFailure>>;

export interface AskOptions {
  readonly pace: Pace;
  readonly budget: Budget;
  readonly timing: Timing;
  /** Milliseconds, of a clock that never goes back. */
  readonly clock: () => number;
  readonly meter: Meter;
}

type Tried =
  | { readonly is: 'answer'; readonly reply: Reply }
  | { readonly is: 'busy'; readonly failure: AskFailure; readonly waitMs: number | undefined }
  | { readonly is: 'broken' | 'refused'; readonly failure: AskFailure };

/** Failures with 503 that no later try mends. */
const FINAL: ReadonlySet<string> = new Set([
  'graph_refused',
  'model_invalid',
  'model_damaged',
  'tensor_mismatch',
]);

export function createAsk(options: AskOptions): Ask {
  const { pace, budget, timing } = options;
  let brokenInARow = 0;

  async function once(question: Question): Promise<Tried | undefined> {
    if (!(await pace.enter())) return undefined;
    try {
      if (!budget.take(question.bytes)) return undefined;
      return await send(question, options);
    } finally {
      pace.leave();
    }
  }

  return async function ask(question) {
    for (let tries = 1; ; tries++) {
      const tried = await once(question);
      if (tried === undefined) return fail({ code: 'ended', why: budget.ended() ?? '' });
      brokenInARow = tried.is === 'broken' ? brokenInARow + 1 : 0;
      if (tried.is === 'answer') {
        pace.speedUp();
        return ok(tried.reply);
      }
      if (tried.is === 'refused') {
        if (tried.failure.code === 'unauthorized') budget.stop('unauthorized');
        return fail(tried.failure);
      }
      const waitMs = tried.is === 'busy' ? tried.waitMs : undefined;
      pace.slowDown(waitMs);
      options.meter.toldToWait();
      if (brokenInARow >= BROKEN_IN_A_ROW_MAX) budget.stop('service_away');
      const triesMax = tried.is === 'busy' ? TRIES_MAX : BROKEN_TRIES_MAX;
      if (tries >= triesMax) return fail(tried.failure);
      // A wait that was asked for holds everybody back: `pace` keeps it.
      if (waitMs === undefined) await timing.sleep(backoffMs(tries, timing.random()));
    }
  };
}

async function send(question: Question, options: AskOptions): Promise<Tried> {
  const beganMs = options.clock();
  try {
    const response = await question.send({
      // The key goes to the service that it was given for, and nowhere else.
      redirect: 'manual',
      signal: AbortSignal.timeout(ANSWER_MS_MAX),
    });
    const text = await readText(response);
    if (text === undefined) return broken(`an answer of more than ${ANSWER_BYTES_MAX} bytes`);
    options.meter.answered(options.clock() - beganMs);
    return judge(response, text);
  } catch (thrown) {
    return broken(describe(thrown));
  }
}

function judge({ status, headers }: Answering, text: string): Tried {
  const body = parse(text);
  if (status === 404 || (status >= 200 && status < 300)) {
    if (body === undefined) return broken(`${status} without JSON`);
    return { is: 'answer', reply: { status, body, headers } };
  }
  const { code: said, title, detail } = toRecord(body);
  const code = typeof said === 'string' ? said : `status_${status}`;
  const why = [title, detail].filter((part) => typeof part === 'string').join(': ');
  const failure = { code, status, why };
  if (FINAL.has(code)) return { is: 'refused', failure };
  if (status === 429 || status === 503) {
    return { is: 'busy', failure, waitMs: retryAfterMs(headers) };
  }
  return { is: status >= 500 ? 'broken' : 'refused', failure };
}

function retryAfterMs(headers: Headers): number | undefined {
  const seconds = parseRetryAfter(headers.get('retry-after') ?? '', Date.now() / 1000);
  return seconds === undefined ? undefined : seconds * 1000;
}

async function readText(response: Answering): Promise<string | undefined> {
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of response.body ?? []) {
    bytes += piece.length;
    if (bytes > ANSWER_BYTES_MAX) return undefined;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString('utf8');
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toRecord(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function broken(why: string): Tried {
  return { is: 'broken', failure: { code: 'no_answer', why } };
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}
