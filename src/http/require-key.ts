import type { MiddlewareHandler } from 'hono';
import { authenticate } from './authenticate.ts';
import { problem } from './respond.ts';
import type { AppContext, HttpSettings, Variables } from './services.ts';

/** How a dialect says what stands in the way of a request. */
export type Refuse = (
  c: AppContext,
  failure:
    | { readonly code: 'unauthorized' }
    | { readonly code: 'rate_limited'; readonly retryAfterSeconds: number },
) => Response;

/** Lets nobody pass without a key, where keys are asked for; later handlers know who it is. */
export function requireKey(
  { auth, apiKeys }: HttpSettings,
  refuse: Refuse = problem,
): MiddlewareHandler<{ Variables: Variables }> {
  return async function checkKey(c, next) {
    const principal = await authenticate(c.req.header('authorization'), auth, apiKeys);
    if (!principal.ok) return refuse(c, principal.failure);
    c.set('principal', principal.value);
    return next();
  };
}
