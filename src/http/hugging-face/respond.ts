import { type Failure, PROBLEMS } from '../problem.ts';
import type { AppContext } from '../services.ts';
import { tellFailure } from '../tell-failure.ts';

/**
 * `{"error": "…"}`. Never a 503: `@huggingface/inference` asks again at once and without end when
 * it sees one, because to it a model is loading. Too much to do is a 429, as it is on their own
 * text-generation-inference; what will not get better by asking again is a 500.
 */
export function huggingFaceError(c: AppContext, failure: Failure): Response {
  const { message } = tellFailure(c, failure);
  return c.json({ error: message }, huggingFaceStatus(failure.code) as 400);
}

export function huggingFaceStatus(code: Failure['code']): number {
  const { status } = PROBLEMS[code];
  if (status !== 503) return status;
  return code === 'overloaded' || code === 'engine_busy' ? 429 : 500;
}
