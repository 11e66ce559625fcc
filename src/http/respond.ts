import type { Context } from 'hono';
import { sha256 } from '../digest.ts';
import type { Failure } from './problem.ts';
import { PROBLEMS } from './problem.ts';

/** RFC 9457. `type` is relative: this service answers it with the code's explanation. */
export interface ProblemDocument {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: string;
  readonly [member: string]: unknown;
}

/** The failure's own fields (a limit, a name, what was seen) become members of the document. */
export function toProblem(failure: Failure): ProblemDocument {
  const { code, ...members } = failure;
  const { status, title } = PROBLEMS[code];
  return { ...members, type: `/problems/${code}`, title, status, code };
}

export function problem(c: Context, failure: Failure): Response {
  const document = toProblem(failure);
  const headers = new Headers({ 'content-type': 'application/problem+json' });
  if ('retryAfterSeconds' in failure) headers.set('retry-after', `${failure.retryAfterSeconds}`);
  else if (document.status === 503) headers.set('retry-after', '5');
  if (failure.code === 'unauthorized') headers.set('www-authenticate', 'Bearer realm="razorbill"');
  if (failure.code === 'method_not_allowed') headers.set('allow', failure.allow);
  c.set('failureCode', failure.code);
  const body = JSON.stringify({ ...document, request_id: c.get('requestId') });
  return c.body(body, { status: document.status as 400, headers: Object.fromEntries(headers) });
}

/**
 * A JSON answer with a strong ETag over its exact bytes. A GET whose If-None-Match names it gets
 * 304 (RFC 9110, 13.1.2). `private`: an answer tells what somebody's picture shows.
 */
export async function json(c: Context, value: unknown): Promise<Response> {
  const body = JSON.stringify(value);
  const etag = `"${(await sha256(new TextEncoder().encode(body))).slice(0, 32)}"`;
  c.header('etag', etag);
  c.header('cache-control', 'private, no-cache');
  const conditional = c.req.method === 'GET' || c.req.method === 'HEAD';
  if (conditional && matches(c.req.header('if-none-match'), etag)) return c.body(null, 304);
  c.header('content-type', 'application/json');
  return c.body(body);
}

/** If-None-Match compares weakly: W/ in front of a tag does not matter. */
export function matches(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === '*') return true;
  return header.split(',').some((tag) => tag.trim().replace(/^W\//, '') === etag);
}
