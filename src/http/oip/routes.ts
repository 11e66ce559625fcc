import { Hono } from 'hono';
import { limitRate } from '../rate-limit.ts';
import { requireKey } from '../require-key.ts';
import type { App, Services, Variables } from '../services.ts';
import { infer } from './infer.ts';
import { EXTENSIONS, metadata, modelReady } from './metadata.ts';
import { oipError } from './respond.ts';

/**
 * The Open Inference Protocol, version 2, as KServe and Triton speak it: health, metadata and
 * inference, with the binary tensor data and classification extensions.
 */
export function createOipRoutes(services: Services): App {
  const app: App = new Hono<{ Variables: Variables }>();
  app.get('/health/live', (c) => c.json({ live: true }));
  app.get('/health/ready', async (c) => {
    const { status } = await services.readiness.check((work) => c.executionCtx.waitUntil(work));
    c.header('cache-control', 'no-store');
    return c.json({ ready: status !== 'unready' }, status === 'unready' ? 503 : 200);
  });
  for (const path of ['/health/live', '/health/ready']) refuseMethods(app, path, 'GET, HEAD');
  app.use(requireKey(services.settings, oipError));
  app.use(limitRate(services.rateLimiter, oipError));
  app.get('/', (c) => c.json({ name: 'razorbill', version: '2', extensions: EXTENSIONS }));
  refuseMethods(app, '/', 'GET, HEAD');
  for (const model of ['/models/:model', '/models/:model/versions/:version']) {
    app.get(model, (c) => metadata(c, services));
    app.get(`${model}/ready`, (c) => modelReady(c, services));
    app.post(`${model}/infer`, (c) => infer(c, services));
    refuseMethods(app, model, 'GET, HEAD');
    refuseMethods(app, `${model}/ready`, 'GET, HEAD');
    refuseMethods(app, `${model}/infer`, 'POST');
  }
  app.all('*', (c) => oipError(c, { code: 'route_not_found' }));
  return app;
}

function refuseMethods(app: App, path: string, allow: string): void {
  app.all(path, (c) => oipError(c, { code: 'method_not_allowed', allow }));
}
