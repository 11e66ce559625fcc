import type { MiddlewareHandler } from 'hono';
import { problem } from './respond.ts';
import type { AppContext, Services } from './services.ts';

/**
 * Refuses a request that would not be answered soon, before anything of it is read: ten times what
 * can be borne costs as little as possible then, and those inside are not slowed down.
 */
export function shedLoad({ classifier, requestsOpenMax }: Services): MiddlewareHandler {
  let open = 0;
  return async function shed(c, next) {
    if (c.req.method !== 'POST') return next();
    const busy = classifier.overloaded();
    const failure = open < requestsOpenMax ? busy : (busy ?? TOO_MANY);
    if (failure !== undefined) return problem(c as AppContext, failure);
    open++;
    try {
      await next();
    } finally {
      open--;
    }
  };
}

const TOO_MANY = { code: 'overloaded', retryAfterSeconds: 1 } as const;
