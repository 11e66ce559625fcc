import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { modelsSchema, publicCardSchema, warmedSchema } from '../answers/models.ts';
import { GUARDED, MODEL, SESSION } from '../codes.ts';
import { CONDITIONAL, ETAG, NOT_MODIFIED, TRACED } from '../headers.ts';
import { refusals } from '../refusals.ts';

const TAG = { tags: ['Models'] };

export const models = createRoute({
  method: 'get',
  path: '/v1/models',
  operationId: 'listModels',
  summary: 'Models that can be asked, and those that could be added',
  ...TAG,
  parameters: [...CONDITIONAL, ...TRACED],
  responses: {
    200: {
      description: '`models` are cards; `catalogue` has the published models that nobody has added',
      headers: ETAG,
      content: { 'application/json': { schema: modelsSchema } },
    },
    ...NOT_MODIFIED,
    ...refusals([...GUARDED, 'model_unavailable']),
  },
});

export const model = createRoute({
  method: 'get',
  path: '/v1/models/{model}',
  operationId: 'getModel',
  summary: 'The card of one model',
  ...TAG,
  parameters: [...CONDITIONAL, ...TRACED],
  request: {
    params: z.object({
      model: z.string().min(1).describe('A name, `name@sha256:<digest>` or a digest'),
    }),
  },
  responses: {
    200: {
      description: 'Preprocessing, source, licence, measured accuracy and cost of the served file',
      headers: ETAG,
      content: { 'application/json': { schema: publicCardSchema } },
    },
    ...NOT_MODIFIED,
    ...refusals([...GUARDED, ...MODEL]),
  },
});

export const warm = createRoute({
  method: 'post',
  path: '/v1/models/{model}/warm',
  operationId: 'warmModel',
  summary: 'Loads a model into this isolate',
  description: 'Callers at the same time wait for one load. Of a cascade it is the first stage.',
  ...TAG,
  parameters: TRACED,
  request: {
    params: z.object({
      model: z.string().min(1).describe('A name, `name@sha256:<digest>` or a digest'),
    }),
  },
  responses: {
    200: {
      description: 'It is in memory',
      content: { 'application/json': { schema: warmedSchema } },
    },
    ...refusals([...GUARDED, ...SESSION]),
  },
});
