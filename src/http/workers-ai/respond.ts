import { type Failure, PROBLEMS } from '../problem.ts';
import type { AppContext } from '../services.ts';
import { tellFailure } from '../tell-failure.ts';

interface Told {
  readonly code: number;
  /** Where theirs is another than ours. */
  readonly status?: number;
}

/**
 * Workers AI's own numbers (https://developers.cloudflare.com/workers-ai/platform/errors/), and of
 * Cloudflare's API in general 10000 for keys, 7000 and 7001 for routes and methods.
 */
const TOLD: Partial<Readonly<Record<Failure['code'], Told>>> = {
  unauthorized: { code: 10000 },
  route_not_found: { code: 7000 },
  method_not_allowed: { code: 7001 },
  unknown_model: { code: 5007, status: 400 },
  model_not_added: { code: 5007, status: 400 },
  empty: { code: 3003 },
  no_image: { code: 3003 },
  body_incomplete: { code: 3003 },
  body_too_large: { code: 3006 },
  too_large: { code: 3006 },
  deadline_exceeded: { code: 3007, status: 408 },
  rate_limited: { code: 3036 },
  overloaded: { code: 3040, status: 429 },
  engine_busy: { code: 3040, status: 429 },
};

/** Of what has no number of its own: the request's data, or something here. */
const BAD_DATA: Told = { code: 5004 };
const OUR_FAULT: Told = { code: 3043 };

/** The envelope that every answer of Cloudflare's API has. */
export function workersAiError(c: AppContext, failure: Failure): Response {
  const { status, message } = tellFailure(c, failure);
  const told = TOLD[failure.code] ?? (status >= 500 ? OUR_FAULT : BAD_DATA);
  const errors = [{ code: told.code, message }];
  const envelope = { result: null, success: false, errors, messages: [] };
  return c.json(envelope, workersAiStatus(failure.code) as 400);
}

export function workersAiStatus(code: Failure['code']): number {
  return TOLD[code]?.status ?? PROBLEMS[code].status;
}
