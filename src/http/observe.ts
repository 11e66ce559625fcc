import type { MiddlewareHandler } from 'hono';
import { childTrace } from '../telemetry/trace.ts';
import type { Services, Variables } from './services.ts';

/** What a caller may send as its own id: it goes into logs and headers as it is. */
const REQUEST_ID = /^[A-Za-z0-9_.:=+/-]{1,128}$/;

/**
 * Gives the request an id and a trace, and writes its one log line. Durations are wall time and
 * leave out what the Worker itself computes (its clock stands still meanwhile); the header is
 * sent only where the clock is honest, which is on a laptop.
 */
export function observe(services: Services): MiddlewareHandler<{ Variables: Variables }> {
  return async function observeRequest(c, next) {
    const startedMs = services.clock();
    const given = c.req.header('x-request-id');
    const requestId =
      given !== undefined && REQUEST_ID.test(given) ? given : services.newRequestId();
    const trace = childTrace(c.req.header('traceparent'), services.random);
    c.set('requestId', requestId);
    c.set('logFields', {});
    await next();
    const durationMs = services.clock() - startedMs;
    c.header('x-request-id', requestId);
    c.header('traceparent', trace.traceparent);
    if (services.settings.environment === 'local') {
      c.header('server-timing', `total;dur=${durationMs}`);
    }
    services.telemetry.log('info', 'request', {
      request_id: requestId,
      trace_id: trace.traceId,
      method: c.req.method,
      route: c.req.routePath,
      status: c.res.status,
      duration_ms: durationMs,
      ...toColo(c.req.raw),
      ...(c.get('failureCode') === undefined ? {} : { code: c.get('failureCode') }),
      ...c.get('logFields'),
    });
  };
}

/** Cloudflare's data centre; only its runtime knows one. */
function toColo(request: Request & { readonly cf?: unknown }): { readonly colo?: string } {
  const { colo } = (request.cf ?? {}) as { readonly colo?: unknown };
  return typeof colo === 'string' ? { colo } : {};
}
