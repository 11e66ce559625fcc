import { Hono } from 'hono';
import type * as z from 'zod';
import { viewScores } from '../../classify/view.ts';
import { classifyBody } from '../classify-body.ts';
import { limitRate } from '../rate-limit.ts';
import { requireKey } from '../require-key.ts';
import type { App, AppContext, Services, Variables } from '../services.ts';
import { readRequest } from './request.ts';
import { workersAiError } from './respond.ts';
import type { workersAiAnswer } from './schema.ts';

/** As many as Workers AI answers with; it has no parameter for it. */
const TOP_K = 5;
const RUN = '/accounts/:account/ai/run/:model{.+}';

/** The REST API of Workers AI, for models that classify images; it stands at `/client/v4`. */
export function createWorkersAiRoutes(services: Services): App {
  const app: App = new Hono<{ Variables: Variables }>();
  app.post(
    RUN,
    requireKey(services.settings, workersAiError),
    limitRate(services.rateLimiter, workersAiError),
    (c) => run(c, services),
  );
  app.all(RUN, (c) => workersAiError(c, { code: 'method_not_allowed', allow: 'POST' }));
  app.all('*', (c) => workersAiError(c, { code: 'route_not_found' }));
  return app;
}

async function run(c: AppContext, services: Services): Promise<Response> {
  const model = toReference(c.req.param('model') ?? '');
  const classified = await classifyBody(c, services, model, readRequest);
  if (!classified.ok) return workersAiError(c, classified.failure);
  const { answer, labels } = classified.value;
  const { predictions } = viewScores(answer.logits, labels, { topK: TOP_K, minScore: 0 });
  const result = predictions.map(({ label, score }) => ({ label, score }));
  const envelope: z.infer<typeof workersAiAnswer> = {
    result,
    success: true,
    errors: [],
    messages: [],
  };
  return c.json(envelope);
}

/** `@cf/microsoft/resnet-50` is `microsoft/resnet-50` to us, `@razorbill/<name>` our own name. */
function toReference(model: string): string {
  return model.replace(/^@(cf|hf|razorbill)\//, '');
}
