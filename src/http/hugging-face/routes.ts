import { Hono } from 'hono';
import type * as z from 'zod';
import { viewScores } from '../../classify/view.ts';
import { classifyBody } from '../classify-body.ts';
import { limitRate } from '../rate-limit.ts';
import { requireKey } from '../require-key.ts';
import type { App, AppContext, Services, Variables } from '../services.ts';
import { readRequest } from './request.ts';
import { huggingFaceError } from './respond.ts';
import type { imageClassificationAnswer } from './schema.ts';

const TOP_K_DEFAULT = 5;
/** A client may name our models as one names models on the hub, with an owner in front. */
const OWNER = 'razorbill/';

/**
 * Hugging Face's image classification, as its API, its Inference Endpoints and their clients speak
 * it: `POST /models/<id>`, and `POST /` for the default model, where an endpoint has only one.
 */
export function createHuggingFaceRoutes(services: Services): App {
  const app: App = new Hono<{ Variables: Variables }>();
  const before = [
    requireKey(services.settings, huggingFaceError),
    limitRate(services.rateLimiter, huggingFaceError),
  ] as const;
  app.post('/', ...before, (c) => classifyFor(c, services, services.settings.defaultModel));
  app.post('/models/:model{.+}', ...before, (c) => {
    const id = c.req.param('model');
    return classifyFor(c, services, id.startsWith(OWNER) ? id.slice(OWNER.length) : id);
  });
  return app;
}

async function classifyFor(c: AppContext, services: Services, model: string): Promise<Response> {
  const fresh = /^(false|0)$/i.test(c.req.header('x-use-cache') ?? '');
  const classified = await classifyBody(c, services, model, (body) => readRequest(body, fresh));
  if (!classified.ok) return huggingFaceError(c, classified.failure);
  const { answer, labels, wish } = classified.value;
  const { predictions } = viewScores(answer.logits, labels, {
    topK: wish.top_k ?? TOP_K_DEFAULT,
    minScore: Number.NEGATIVE_INFINITY,
    apply: wish.function_to_apply ?? 'softmax',
  });
  const named: z.infer<typeof imageClassificationAnswer> = predictions.map(({ label, score }) => ({
    label,
    score,
  }));
  return c.json(named);
}
