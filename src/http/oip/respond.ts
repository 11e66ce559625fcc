import { type Failure, PROBLEMS } from '../problem.ts';
import type { AppContext } from '../services.ts';

/** The protocol says only that an error is text: the same title as elsewhere, and what it met. */
export function oipError(c: AppContext, failure: Failure): Response {
  const { code } = failure;
  const { title } = PROBLEMS[code];
  const answered = oipStatus(code);
  c.set('failureCode', code);
  c.header('content-type', 'application/json');
  if ('retryAfterSeconds' in failure) c.header('retry-after', `${failure.retryAfterSeconds}`);
  else if (answered === 503) c.header('retry-after', '5');
  if (code === 'method_not_allowed') c.header('allow', failure.allow);
  if (code === 'unauthorized') c.header('www-authenticate', 'Bearer realm="razorbill"');
  const detail = 'member' in failure ? `: ${failure.member} ${failure.problem}` : '';
  return c.body(JSON.stringify({ error: `${title}${detail}` }), answered as 400);
}

/** A name that cannot be one is, to a client of the protocol, a model that is not there. */
export function oipStatus(code: Failure['code']): number {
  return code === 'bad_model_name' ? 404 : PROBLEMS[code].status;
}
