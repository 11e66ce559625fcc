import * as z from 'zod';
import { PROBLEMS } from '../problem.ts';
import { type Code, type ProblemAnswer, problemSchema } from './answers/problem.ts';

type StatusOf<C extends Code> = (typeof PROBLEMS)[C]['status'];
type CodeAt<C extends Code, S> = C extends Code ? (StatusOf<C> extends S ? C : never) : never;

/** A problem document with one of these codes. */
export type ProblemOf<C extends Code> = Omit<ProblemAnswer, 'code'> & { readonly code: C };

type Refusals<C extends Code> = {
  [S in StatusOf<C>]: {
    description: string;
    headers?: Headers;
    content: { 'application/problem+json': { schema: z.ZodType<ProblemOf<CodeAt<C, S>>> } };
  };
};

type Headers = Record<string, { description: string; schema: { type: 'string' } }>;

/** Answers that are problem documents, by their status. */
export function refusals<C extends Code>(codes: readonly C[]): Refusals<C> {
  const entries = byStatus(codes, (code) => PROBLEMS[code].status).map(([status, group]) => {
    const schema = z.intersection(problemSchema, z.object({ code: z.enum(group) }));
    const content = { 'application/problem+json': { schema } };
    return [status, { description: listCodes(group), ...headersOf(status), content }];
  });
  return Object.fromEntries(entries) as Refusals<C>;
}

export function byStatus<C extends Code>(
  codes: readonly C[],
  statusOf: (code: C) => number,
): [status: number, group: [C, ...C[]]][] {
  const groups = new Map<number, [C, ...C[]]>();
  for (const code of new Set(codes)) {
    const group = groups.get(statusOf(code));
    if (group === undefined) groups.set(statusOf(code), [code]);
    else group.push(code);
  }
  return [...groups].sort(([a], [b]) => a - b);
}

/** As Markdown; also what the check that no code is missing reads. */
export function listCodes(codes: readonly Code[]): string {
  return codes.map((code) => `- \`${code}\`: ${PROBLEMS[code].title}`).join('\n');
}

export function headersOf(status: number): { headers?: Headers } {
  const header = HEADERS[status];
  return header === undefined ? {} : { headers: header };
}

const RETRY_AFTER = { 'Retry-After': text('Seconds to wait before the next attempt') };

const HEADERS: Readonly<Record<number, Headers>> = {
  401: { 'WWW-Authenticate': text('Bearer, where an API key is missing') },
  405: { Allow: text('The methods that there are') },
  429: {
    ...RETRY_AFTER,
    'RateLimit-Policy': text('Requests in a window of seconds'),
    RateLimit: text('What is left of them, and for how long'),
  },
  503: RETRY_AFTER,
};

function text(description: string): Headers[string] {
  return { description, schema: { type: 'string' } };
}
