import { type Failure, PROBLEMS } from './problem.ts';
import type { AppContext } from './services.ts';

/** What a dialect puts into the shape that its clients expect. */
export interface Telling {
  readonly status: number;
  readonly message: string;
}

/**
 * Says a failure in a line: the title that problem documents have, and their members behind it.
 * Headers that HTTP itself asks for are set here, for every dialect alike.
 */
export function tellFailure(c: AppContext, failure: Failure): Telling {
  const { code, ...members } = failure;
  const { status, title } = PROBLEMS[code];
  c.set('failureCode', code);
  if ('retryAfterSeconds' in failure) c.header('retry-after', `${failure.retryAfterSeconds}`);
  else if (status === 503) c.header('retry-after', '5');
  if (code === 'method_not_allowed') c.header('allow', failure.allow);
  if (code === 'unauthorized') c.header('www-authenticate', 'Bearer realm="razorbill"');
  const said = Object.entries(members)
    .filter(([, value]) => typeof value === 'string' || typeof value === 'number')
    .map(([name, value]) => `${name}: ${value}`);
  return { status, message: said.length === 0 ? title : `${title} (${said.join(', ')})` };
}
