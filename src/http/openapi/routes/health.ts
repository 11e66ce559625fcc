import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { aliveSchema, readinessSchema } from '../answers/health.ts';
import { codeSchema, explanationSchema } from '../answers/problem.ts';
import { ETAG, NOT_MODIFIED } from '../headers.ts';
import { refusals } from '../refusals.ts';

const OPEN = { security: [] };
const TAG = { tags: ['Health'] };

export const live = createRoute({
  method: 'get',
  path: '/livez',
  operationId: 'live',
  summary: 'Whether the isolate answers',
  ...TAG,
  ...OPEN,
  responses: {
    200: { description: 'It does', content: { 'application/json': { schema: aliveSchema } } },
  },
});

const report = { 'application/json': { schema: readinessSchema } };

export const ready = createRoute({
  method: 'get',
  path: '/readyz',
  operationId: 'ready',
  summary: 'Whether the default model has classified its golden picture in this isolate',
  ...TAG,
  ...OPEN,
  responses: {
    200: { description: '`ready`, or `degraded` with a code', content: report },
    503: { description: '`unready`, with a code', content: report },
  },
});

export const explain = createRoute({
  method: 'get',
  path: '/problems/{code}',
  operationId: 'explainProblem',
  summary: 'What an error code means',
  description: 'The `type` of every problem document leads here.',
  ...TAG,
  ...OPEN,
  request: { params: z.object({ code: codeSchema }) },
  responses: {
    200: {
      description: 'Title and status of the code',
      headers: ETAG,
      content: { 'application/json': { schema: explanationSchema } },
    },
    ...NOT_MODIFIED,
    ...refusals(['route_not_found']),
  },
});
