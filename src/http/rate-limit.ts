import type { MiddlewareHandler } from 'hono';
import type { Refuse } from './require-key.ts';
import { problem } from './respond.ts';
import type { RateLimiter, Variables } from './services.ts';

/**
 * Counts a request against its key (without keys: against the caller's address). On 429 the
 * headers of draft-ietf-httpapi-ratelimit-headers say what the policy is.
 */
export function limitRate(
  limiter: RateLimiter | undefined,
  refuse: Refuse = problem,
): MiddlewareHandler<{ Variables: Variables }> {
  return async function rateLimit(c, next) {
    if (limiter === undefined) return next();
    const { id } = c.get('principal');
    const address = c.req.header('cf-connecting-ip') ?? 'unknown';
    if (await limiter.admit(id === 'anonymous' ? `address:${address}` : `key:${id}`)) return next();
    const { quota, windowSeconds } = limiter;
    c.header('ratelimit-policy', `"default";q=${quota};w=${windowSeconds}`);
    c.header('ratelimit', `"default";r=0;t=${windowSeconds}`);
    return refuse(c, { code: 'rate_limited', retryAfterSeconds: windowSeconds });
  };
}
