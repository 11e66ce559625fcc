import type { MiddlewareHandler } from 'hono';
import type { OverloadedFailure } from '../classify/reservations.ts';
import { ENTRANCES, type Entrance } from './entrances.ts';
import type { App, AppContext, Services } from './services.ts';

/** By what Retry-After says, which is a small number of seconds: the queue is short. */
const REFUSALS_KEPT_MAX = 8;
/** A line in the log for those of a second, however many. */
const REFUSALS_TOLD_MS = 1000;

export type Shedding = Pick<Services, 'arrived' | 'requestsOpenMax' | 'telemetry' | 'clock'> & {
  readonly classifier: Pick<Services['classifier'], 'overloaded'>;
};

const TOO_MANY = { code: 'overloaded', retryAfterSeconds: 1 } as const;

/**
 * Refuses a request that would not be answered soon, before anything of it is read and before all
 * other middleware: who can bear P requests a second and gets ten times as many refuses 9 P, on the
 * thread that computes. At the price of an id and a log line each: they are counted.
 */
export function addShed(app: App, services: Shedding): void {
  const { classifier, arrived, requestsOpenMax } = services;
  const count = countRefusals(services);
  let open = 0;

  function shed({ path, refuse }: Entrance): MiddlewareHandler {
    const answer = prepareRefusals(refuse);
    return async function shedLoad(c, next) {
      arrived();
      const busy = classifier.overloaded();
      const failure = open < requestsOpenMax ? busy : (busy ?? TOO_MANY);
      if (failure !== undefined) {
        count(path);
        return answer(c as AppContext, failure);
      }
      open++;
      try {
        await next();
      } finally {
        open--;
      }
    };
  }

  for (const entrance of ENTRANCES) {
    app.on([...entrance.methods], entrance.path, shed(entrance));
  }
}

/** What the dialect answers is asked of it once; a header costs a microsecond or more to set. */
function prepareRefusals(
  refuse: Entrance['refuse'],
): (c: AppContext, failure: OverloadedFailure) => Promise<Response> {
  const kept = new Map<number, { readonly body: string; readonly init: ResponseInit }>();
  return async function answer(c, failure) {
    let refusal = kept.get(failure.retryAfterSeconds);
    if (refusal === undefined) {
      const made = refuse(c, failure);
      const headers = new Headers(made.headers);
      // Of the security headers the one that means something beside JSON.
      headers.set('x-content-type-options', 'nosniff');
      refusal = { body: await made.text(), init: { status: made.status, headers } };
      if (kept.size >= REFUSALS_KEPT_MAX) kept.clear();
      kept.set(failure.retryAfterSeconds, refusal);
    }
    return new Response(refusal.body, refusal.init);
  };
}

function countRefusals({ telemetry, clock }: Shedding): (route: string) => void {
  let toldMs = Number.NEGATIVE_INFINITY;
  let refused = 0;
  return function count(route) {
    telemetry.count('refused', { code: 'overloaded', route });
    refused++;
    const nowMs = clock();
    if (nowMs - toldMs < REFUSALS_TOLD_MS) return;
    telemetry.log('warn', 'overloaded', { refused });
    toldMs = nowMs;
    refused = 0;
  };
}
