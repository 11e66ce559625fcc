import type { MiddlewareHandler } from 'hono';
import type { OverloadedFailure } from '../classify/reservations.ts';
import { problem } from './respond.ts';
import type { AppContext, Services } from './services.ts';

/** What stands before every entrance to the classifier; all of them share one count. */
export type Shed = (
  refuse?: (c: AppContext, failure: OverloadedFailure) => Response,
) => MiddlewareHandler;

/**
 * Refuses a request that would not be answered soon, before anything of it is read: ten times what
 * can be borne costs as little as possible then, and those inside are not slowed down.
 */
export function shedLoad({ classifier, requestsOpenMax }: Services): Shed {
  let open = 0;
  return (refuse = problem) =>
    async function shed(c, next) {
      if (c.req.method !== 'POST' && c.req.method !== 'PUT') return next();
      const busy = classifier.overloaded();
      const failure = open < requestsOpenMax ? busy : (busy ?? TOO_MANY);
      if (failure !== undefined) return refuse(c as AppContext, failure);
      open++;
      try {
        await next();
      } finally {
        open--;
      }
    };
}

const TOO_MANY = { code: 'overloaded', retryAfterSeconds: 1 } as const;
