import type { ZodType } from 'zod';
import { PROBLEMS } from '../problem.ts';
import type { Code } from './answers/problem.ts';
import { byStatus, headersOf, listCodes, refusals } from './refusals.ts';

/** These are said before a dialect is reached, or instead of it: as problem documents. */
const BEYOND: ReadonlySet<Code> = new Set(['internal_error', 'misconfigured']);

type Status = 400 | 401 | 404 | 405 | 408 | 413 | 415 | 422 | 429 | 500 | 503 | 504;

/** The dialect's shape; a bug of ours or a bad configuration is a problem document. */
export type Told<S extends ZodType> = Record<
  Status,
  { description: string; content: { 'application/json': { schema: S } } }
>;

/**
 * What a dialect of another API answers where it refuses: our codes, by the status that the dialect
 * gives them, in its own shape.
 */
export function told<S extends ZodType>(
  schema: S,
  codes: readonly Code[],
  statusOf: (code: Code) => number = (code) => PROBLEMS[code].status,
): Told<S> {
  const entries = byStatus(codes, statusOf).map(([status, group]) => {
    const own = group.filter((code) => !BEYOND.has(code));
    const problems = group.filter((code) => BEYOND.has(code));
    const [answer] = Object.values(refusals(problems));
    const content = {
      ...(own.length > 0 && { 'application/json': { schema } }),
      ...answer?.content,
    };
    return [status, { description: listCodes(group), ...headersOf(status), content }];
  });
  return Object.fromEntries(entries) as Told<S>;
}
