import { isDigest } from '../digest.ts';
import { toCacheStatus, toPictureAnswer } from './answer.ts';
import { askerOf } from './classify-route.ts';
import { parseParameters } from './parameters.ts';
import { json, problem } from './respond.ts';
import { toRunFacts } from './run-facts.ts';
import type { AppContext, Services } from './services.ts';

/**
 * GET /v1/results/{model}/{sha256}: answers from the cache alone, so that a client can ask before
 * it uploads. The body depends on the kept entry and the view, on nothing else.
 */
export async function resultsRoute(c: AppContext, services: Services): Promise<Response> {
  const picture = c.req.param('sha256') ?? '';
  if (!isDigest(picture)) return problem(c, { code: 'bad_digest' });
  const model = c.req.param('model') ?? '';
  const parameters = parseParameters({ ...c.req.query(), model });
  if (!parameters.ok) return problem(c, parameters.failure);
  const kept = await services.classifier.kept(picture, model, askerOf(c, services));
  if (!kept.ok) return problem(c, kept.failure);
  if (kept.value === undefined) return problem(c, { code: 'result_not_found' });
  const labels = await services.models.labels(kept.value.card);
  if (!labels.ok) return problem(c, labels.failure);
  c.set('logFields', { ...c.get('logFields'), ...toRunFacts([kept.value], 0) });
  c.header('cache-status', toCacheStatus(kept.value));
  const { top_k: topK, min_score: minScore, logits } = parameters.value;
  return json(c, toPictureAnswer(kept.value, labels.value.labels, { topK, minScore, logits }));
}
