import { Hono } from 'hono';
import { cors } from 'hono/cors';
import { secureHeaders } from 'hono/secure-headers';
import { classifyRoute } from './classify-route.ts';
import { addDropIns } from './drop-ins.ts';
import { jobRoute, jobsRoute, redriveRoute } from './jobs-route.ts';
import { modelRoute, modelsRoute } from './models-route.ts';
import { observe } from './observe.ts';
import { createOipRoutes } from './oip/routes.ts';
import { addPages } from './page-route.ts';
import { isProblemCode, PROBLEMS } from './problem.ts';
import { limitRate } from './rate-limit.ts';
import { requireKey } from './require-key.ts';
import { json, problem } from './respond.ts';
import { resultsRoute } from './results-route.ts';
import type { App, Services, Variables } from './services.ts';
import { addShed } from './shed.ts';
import { warmRoute } from './warm-route.ts';
import { receiveWebhook } from './webhooks-route.ts';

/** The routes, and what stands before each of them. The same for the Worker and the container. */
export function createApp(services: Services): App {
  const app: App = new Hono<{ Variables: Variables }>();
  // Before all else: pages elsewhere can read a refusal only with these headers.
  addCors(app, services);
  addShed(app, services);
  app.use(observe(services));
  app.use(secureHeaders());
  addHealth(app, services);
  addPages(app, services);
  app.get('/problems/:code', (c) => {
    const code = c.req.param('code');
    if (!isProblemCode(code)) return problem(c, { code: 'route_not_found' });
    return json(c, { type: `/problems/${code}`, code, ...PROBLEMS[code] });
  });
  if (services.settings.environment === 'local') {
    app.get('/debug/memory', async (c) => {
      c.header('cache-control', 'no-store');
      return c.json({ isolates: await services.memory() });
    });
  }

  // Before the keys: an event is proved by its signature.
  app.post('/v1/webhooks/:source', (c) => receiveWebhook(c, services));
  app.use('/v1/*', requireKey(services.settings));
  app.use('/v1/*', limitRate(services.rateLimiter));
  app.post('/v1/classify', (c) => classifyRoute(c, services));
  app.all('/v1/classify', (c) => problem(c, { code: 'method_not_allowed', allow: 'POST' }));
  addReads(app, services);
  addJobs(app, services);
  app.route('/v2', createOipRoutes(services));
  addDropIns(app, services);

  app.notFound((c) => problem(c, { code: 'route_not_found' }));
  app.onError((error, c) => {
    // Only a bug of ours gets here: the caller learns nothing of it, the log everything.
    services.telemetry.log('error', 'bug', {
      request_id: c.get('requestId'),
      message: error.message,
      stack: error.stack ?? '',
    });
    return problem(c, { code: 'internal_error' });
  });
  return app;
}

/** Nothing is served on a bad configuration; what is wrong is logged, and told on a laptop. */
export function createMisconfiguredApp(problems: readonly unknown[], tell: boolean): App {
  const app: App = new Hono<{ Variables: Variables }>();
  app.get('/livez', (c) => c.json({ status: 'alive' }));
  app.all('*', (c) => problem(c, { code: 'misconfigured', ...(tell ? { problems } : {}) }));
  return app;
}

function addReads(app: App, services: Services): void {
  app.get('/v1/models', (c) => modelsRoute(c, services));
  app.get('/v1/models/:model', (c) => modelRoute(c, services));
  app.get('/v1/results/:model/:sha256', (c) => resultsRoute(c, services));
  app.post('/v1/models/:model/warm', (c) => warmRoute(c, services));
  app.all('/v1/models/:model/warm', (c) =>
    problem(c, { code: 'method_not_allowed', allow: 'POST' }),
  );
  for (const path of ['/v1/models', '/v1/models/:model', '/v1/results/:model/:sha256']) {
    app.all(path, (c) => problem(c, { code: 'method_not_allowed', allow: 'GET, HEAD' }));
  }
}

function addJobs(app: App, services: Services): void {
  app.all('/v1/webhooks/:source', (c) => problem(c, { code: 'method_not_allowed', allow: 'POST' }));
  app.get('/v1/jobs', (c) => jobsRoute(c, services));
  app.get('/v1/jobs/:id', (c) => jobRoute(c, services));
  app.post('/v1/jobs/:id/redrive', (c) => redriveRoute(c, services));
  for (const path of ['/v1/jobs', '/v1/jobs/:id']) {
    app.all(path, (c) => problem(c, { code: 'method_not_allowed', allow: 'GET, HEAD' }));
  }
  app.all('/v1/jobs/:id/redrive', (c) => problem(c, { code: 'method_not_allowed', allow: 'POST' }));
}

function addHealth(app: App, services: Services): void {
  app.get('/livez', (c) => c.json({ status: 'alive' }));
  app.get('/readyz', async (c) => {
    const report = await services.readiness.check((work) => c.executionCtx.waitUntil(work));
    c.header('cache-control', 'no-store');
    return c.json(report, report.status === 'unready' ? 503 : 200);
  });
}

/** `user-agent` and the last one: Hugging Face's client sends them from a browser too. */
const CORS_HEADERS = [
  'authorization',
  'content-type',
  'content-digest',
  'cache-control',
  'user-agent',
  'x-use-cache',
] as const;

function addCors(app: App, services: Services): void {
  const { corsOrigins } = services.settings;
  if (corsOrigins.length === 0) return;
  app.use(
    cors({
      origin: corsOrigins.includes('*') ? '*' : [...corsOrigins],
      allowMethods: ['GET', 'HEAD', 'POST'],
      allowHeaders: [...CORS_HEADERS],
      exposeHeaders: ['cache-status', 'etag', 'retry-after', 'x-razorbill-model', 'x-request-id'],
      maxAge: 86_400,
    }),
  );
}
