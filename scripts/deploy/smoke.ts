import * as z from 'zod';
import { fail, ok, type Result } from '../../src/result.ts';
import { READY_TRIES_MAX, READY_WAIT_MS, SMOKE_TIMEOUT_MS } from './limits.ts';

export interface SmokeTest {
  readonly url: string;
  readonly picture: Uint8Array<ArrayBuffer>;
  /** `open`: everybody is let in, by the configuration. */
  readonly door: 'closed' | 'open';
  /** Without one the picture is not tried, where the door is closed. */
  readonly key: string | undefined;
  /** Which version answers, where several do: `Cloudflare-Workers-Version-Overrides`. */
  readonly version?: { readonly worker: string; readonly id: string };
  readonly fetch: (url: string, init: RequestInit) => Promise<Response>;
  readonly sleep: (ms: number) => Promise<void>;
}

/** What a person reads of it. */
export interface SmokeReport {
  readonly label: string | undefined;
}

export interface SmokeFailure {
  readonly code: 'smoke_failed';
  readonly asked: string;
  readonly got: string;
}

const answerSchema = z.object({ pred_class: z.string(), pred_score: z.number() });

/** Over the network, as a caller would: readiness, the closed door, one picture. */
export async function runSmokeTest(test: SmokeTest): Promise<Result<SmokeReport, SmokeFailure>> {
  const ready = await waitUntilReady(test);
  if (!ready.ok) return ready;
  if (test.door === 'closed') {
    const closed = await classify(test, undefined);
    if (!closed.ok) return closed;
    if (closed.value.status !== 401) return wrong('a picture without a key', closed.value);
    if (test.key === undefined) return ok({ label: undefined });
  }
  const answered = await classify(test, test.key);
  if (!answered.ok) return answered;
  if (answered.value.status !== 200) return wrong('a picture', answered.value);
  const answer = answerSchema.safeParse(parseJson(answered.value.text));
  if (!answer.success) return wrong('a picture', answered.value);
  const percent = (answer.data.pred_score * 100).toFixed(1);
  return ok({ label: `${answer.data.pred_class}, ${percent} %` });
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

async function waitUntilReady(test: SmokeTest): Promise<Result<Answered, SmokeFailure>> {
  for (let tries = 1; ; tries++) {
    const answered = await ask(test, '/readyz', {});
    if (answered.ok && answered.value.status === 200) return answered;
    if (tries === READY_TRIES_MAX) {
      return answered.ok ? wrong('GET /readyz', answered.value) : answered;
    }
    await test.sleep(READY_WAIT_MS);
  }
}

function classify(
  test: SmokeTest,
  key: string | undefined,
): Promise<Result<Answered, SmokeFailure>> {
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  return ask(test, '/v1/classify', { method: 'POST', body: test.picture, headers });
}

async function ask(
  { url, version, fetch }: SmokeTest,
  path: string,
  init: RequestInit,
): Promise<Result<Answered, SmokeFailure>> {
  const headers = new Headers(init.headers);
  if (version !== undefined) {
    headers.set('cloudflare-workers-version-overrides', `${version.worker}="${version.id}"`);
  }
  const signal = AbortSignal.timeout(SMOKE_TIMEOUT_MS);
  try {
    const response = await fetch(`${url}${path}`, { ...init, headers, signal });
    return ok({ status: response.status, text: await response.text() });
  } catch (thrown) {
    const got = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'smoke_failed', asked: path, got });
  }
}

function wrong(asked: string, { status, text }: Answered): Result<never, SmokeFailure> {
  return fail({ code: 'smoke_failed', asked, got: `${status} ${text.slice(0, 500)}` });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
