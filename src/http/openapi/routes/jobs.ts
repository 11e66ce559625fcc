import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { jobsQuerySchema } from '../../jobs-route.ts';
import { acceptedSchema, jobIdSchema, jobSchema, jobsSchema } from '../answers/jobs.ts';
import { ANYWHERE, BODY, GUARDED, JOB_TABLE, WEBHOOK } from '../codes.ts';
import { ACCEPTED, JOB, JOBS } from '../examples.ts';
import { CONDITIONAL, ETAG, NOT_MODIFIED, PREFER, TRACED } from '../headers.ts';
import { refusals } from '../refusals.ts';

const TAG = { tags: ['Jobs and webhooks'] };

export const receive = createRoute({
  method: 'post',
  path: '/v1/webhooks/{source}',
  operationId: 'receiveEvent',
  summary: 'Takes a signed event: "a picture was added"',
  description: `Proved by its signature over the raw body, in the way of its source (Standard
Webhooks, GitHub, Stripe, Slack or a bearer), not by an API key. Where its pictures are is the
source's setting. The same event sent again is the same job.`,
  ...TAG,
  security: [{ signedEvent: [] }],
  parameters: [...PREFER, ...TRACED],
  request: {
    params: z.object({ source: z.string().regex(/^[a-z0-9][a-z0-9_-]{0,63}$/) }),
    query: z.object({
      wait: z
        .int()
        .min(0)
        .optional()
        .describe('Seconds, 25 at most: as `Prefer: wait`, for senders that set no headers'),
    }),
    body: {
      required: true,
      description: 'JSON in UTF-8, 1 MiB and 64 levels at most',
      content: { 'application/json': { schema: { type: 'object' } } },
    },
  },
  responses: {
    200: {
      description: 'The job, done within the time that the sender would wait',
      headers: { ...ETAG, Location: location() },
      content: { 'application/json': { schema: jobSchema } },
    },
    202: {
      description: 'Taken on',
      headers: { Location: location() },
      content: { 'application/json': { schema: acceptedSchema, example: ACCEPTED } },
    },
    ...refusals([...ANYWHERE, 'webhooks_off', 'overloaded', ...BODY, ...WEBHOOK]),
  },
});

function location() {
  return { description: 'The address of the job', schema: { type: 'string' as const } };
}

export const jobs = createRoute({
  method: 'get',
  path: '/v1/jobs',
  operationId: 'listJobs',
  summary: 'Jobs, newest first',
  ...TAG,
  parameters: [...CONDITIONAL, ...TRACED],
  request: { query: jobsQuerySchema },
  responses: {
    200: {
      description: 'A page of them',
      headers: ETAG,
      content: { 'application/json': { schema: jobsSchema, example: JOBS } },
    },
    ...NOT_MODIFIED,
    ...refusals([...GUARDED, ...JOB_TABLE, 'bad_parameter']),
  },
});

const one = { params: z.object({ id: jobIdSchema }) };

export const job = createRoute({
  method: 'get',
  path: '/v1/jobs/{id}',
  operationId: 'getJob',
  summary: "A job: each picture's outcome, and each attempt to tell it",
  ...TAG,
  parameters: [...CONDITIONAL, ...TRACED],
  request: one,
  responses: {
    200: {
      description: 'As it stands',
      headers: ETAG,
      content: { 'application/json': { schema: jobSchema, example: JOB } },
    },
    ...NOT_MODIFIED,
    ...refusals([...GUARDED, ...JOB_TABLE, 'job_not_found']),
  },
});

export const redrive = createRoute({
  method: 'post',
  path: '/v1/jobs/{id}/redrive',
  operationId: 'redriveJob',
  summary: 'What failed of a job begins again',
  ...TAG,
  parameters: TRACED,
  request: one,
  responses: {
    202: {
      description: 'Taken on',
      content: { 'application/json': { schema: acceptedSchema } },
    },
    ...refusals([...GUARDED, ...JOB_TABLE, 'job_not_found']),
  },
});
