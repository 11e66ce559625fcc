import * as z from 'zod';
import { toJobDocument, toJobLine } from './job-document.ts';
import { json, problem } from './respond.ts';
import type { AppContext, Services } from './services.ts';

/** Jobs in one page: a hundred of 16 pictures with their answers are read at once. */
const PAGE_MAX = 100;

export const jobsQuerySchema = z.strictObject({
  source: z.string().max(64).optional(),
  state: z.enum(['queued', 'done', 'dead']).optional(),
  cursor: z
    .string()
    .regex(/^job_[0-9a-f]{32}$/, 'a cursor is what `next` said')
    .optional(),
  limit: z.coerce.number<number | string>().int().min(1).max(PAGE_MAX).default(20),
});

/** GET /v1/jobs: newest first, page by page. */
export async function jobsRoute(c: AppContext, services: Services): Promise<Response> {
  const { webhooks } = services;
  if (webhooks === undefined) return problem(c, { code: 'webhooks_off' });
  const query = jobsQuerySchema.safeParse(c.req.query());
  if (!query.success) {
    const [issue] = query.error.issues;
    const name = String(issue?.path[0] ?? '');
    return problem(c, { code: 'bad_parameter', name, detail: issue?.message ?? 'not valid' });
  }
  const { source, state, cursor, limit } = query.data;
  const listed = await webhooks.list({ source, state, before: cursor, limit });
  if (!listed.ok) return problem(c, listed.failure);
  const jobs = listed.value;
  const last = jobs.length === limit ? jobs.at(-1)?.id : undefined;
  return json(c, { jobs: jobs.map(toJobLine), ...(last !== undefined && { next: last }) });
}

/** GET /v1/jobs/{id}: with each picture's outcome and each attempt to tell it. */
export async function jobRoute(c: AppContext, services: Services): Promise<Response> {
  const { webhooks } = services;
  if (webhooks === undefined) return problem(c, { code: 'webhooks_off' });
  const found = await webhooks.find(c.req.param('id') ?? '');
  if (!found.ok) return problem(c, found.failure);
  return found.value === undefined
    ? problem(c, { code: 'job_not_found' })
    : json(c, toJobDocument(found.value));
}

/** POST /v1/jobs/{id}/redrive: what failed begins again. */
export async function redriveRoute(c: AppContext, services: Services): Promise<Response> {
  const { webhooks } = services;
  if (webhooks === undefined) return problem(c, { code: 'webhooks_off' });
  const id = c.req.param('id') ?? '';
  const begun = await webhooks.redrive(id);
  if (!begun.ok) return problem(c, begun.failure);
  if (!begun.value) return problem(c, { code: 'job_not_found' });
  return c.json({ job: id, url: `/v1/jobs/${id}`, status: 'queued' }, 202);
}
