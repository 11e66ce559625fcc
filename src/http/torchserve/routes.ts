import { Hono } from 'hono';
import type * as z from 'zod';
import { type Prediction, viewScores } from '../../classify/view.ts';
import { isDigest } from '../../digest.ts';
import { classifyBody } from '../classify-body.ts';
import { limitRate } from '../rate-limit.ts';
import { requireKey } from '../require-key.ts';
import type { App, AppContext, Services, Variables } from '../services.ts';
import { readRequest } from './request.ts';
import { torchServeError, versionNotFound } from './respond.ts';
import type { torchServePing } from './schema.ts';

/** What the image_classifier handler answers with. */
const TOP_K = 5;
/** A name always serves what was published last. */
const VERSIONS: ReadonlySet<string> = new Set(['1', '1.0']);

/**
 * TorchServe's inference API with the answers of its image_classifier handler. `curl -T` sends PUT:
 * TorchServe does not look at the method either.
 */
export function createTorchServeRoutes(services: Services): App {
  const app: App = new Hono<{ Variables: Variables }>();
  app.get('/ping', async (c) => {
    const { status } = await services.readiness.check((work) => c.executionCtx.waitUntil(work));
    c.header('cache-control', 'no-store');
    const ready = status !== 'unready';
    const health: z.infer<typeof torchServePing> = { status: ready ? 'Healthy' : 'Unhealthy' };
    return c.json(health, ready ? 200 : 503);
  });
  app.all('/ping', (c) => torchServeError(c, { code: 'method_not_allowed', allow: 'GET, HEAD' }));
  const paths = ['/predictions/:model', '/predictions/:model/:version'];
  app.on(
    ['POST', 'PUT'],
    paths,
    requireKey(services.settings, torchServeError),
    limitRate(services.rateLimiter, torchServeError),
    (c) => predict(c, services),
  );
  for (const path of paths) {
    app.all(path, (c) => torchServeError(c, { code: 'method_not_allowed', allow: 'POST, PUT' }));
  }
  app.all('/predictions/*', (c) => torchServeError(c, { code: 'route_not_found' }));
  return app;
}

async function predict(c: AppContext, services: Services): Promise<Response> {
  const model = c.req.param('model') ?? '';
  const version = c.req.param('version') ?? '1';
  if (!VERSIONS.has(version) && !isDigest(version)) return versionNotFound(c, model, version);
  const reference = isDigest(version) ? `${model}@sha256:${version}` : model;
  const type = c.req.header('content-type') ?? '';
  const classified = await classifyBody(c, services, reference, (body) => readRequest(body, type));
  if (!classified.ok) return torchServeError(c, classified.failure);
  const { answer, labels } = classified.value;
  const { predictions } = viewScores(answer.logits, labels, { topK: TOP_K, minScore: 0 });
  c.header('content-type', 'application/json');
  return c.body(toJson(predictions));
}

/**
 * Written by hand: an object would put labels that are numbers first. Two classes of one name (the
 * bird and the machine are both `crane`) share a key; the likelier one has it.
 */
function toJson(predictions: readonly Prediction[]): string {
  const scores = new Map<string, number>();
  for (const { label, score } of predictions) {
    if (!scores.has(label)) scores.set(label, score);
  }
  const lines = [...scores].map(([label, score]) => `  ${JSON.stringify(label)}: ${score}`);
  return `{\n${lines.join(',\n')}\n}\n`;
}
