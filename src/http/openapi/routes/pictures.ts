import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { parametersSchema } from '../../parameters.ts';
import {
  classifiedSchema,
  digestSchema,
  pictureAnswerSchema,
  severalSchema,
} from '../answers/picture.ts';
import { BODY, CLASSIFY, CONTENT_DIGEST, FETCH, GUARDED, MODEL, PICTURES } from '../codes.ts';
import { CLASSIFIED, KEPT } from '../examples.ts';
import {
  CACHE_STATUS,
  CACHED,
  CONDITIONAL,
  DEADLINE,
  DIGESTED,
  NOT_MODIFIED,
  TRACED,
} from '../headers.ts';
import { refusals } from '../refusals.ts';
import { classifyFormSchema, classifyJsonSchema, RAW_BYTES } from '../requests.ts';

export const classify = createRoute({
  method: 'post',
  path: '/v1/classify',
  operationId: 'classify',
  summary: 'Names what is in a picture',
  description: `The body is a picture's bytes (JPEG, PNG, WebP, GIF or AVIF), a form or JSON. Any
type that is neither a form nor JSON is taken for bytes, and the bytes are looked at, not the type.
Several pictures are answered in order; a bad one fails alone, in its place.`,
  tags: ['Pictures'],
  parameters: [...CACHED, ...DIGESTED, ...DEADLINE, ...TRACED],
  request: {
    query: parametersSchema,
    body: {
      required: true,
      description: 'At most `MAX_BODY_BYTES` (20 MiB), not compressed',
      content: {
        'image/*': { schema: RAW_BYTES },
        'application/octet-stream': { schema: RAW_BYTES },
        'multipart/form-data': { schema: classifyFormSchema },
        'application/json': { schema: classifyJsonSchema },
      },
    },
  },
  responses: {
    200: {
      description: 'The labels, best first; of several pictures a list',
      headers: CACHE_STATUS,
      content: {
        'application/json': {
          schema: z.union([classifiedSchema, severalSchema]),
          example: CLASSIFIED,
        },
      },
    },
    ...refusals([...GUARDED, ...BODY, ...CONTENT_DIGEST, ...PICTURES, ...FETCH, ...CLASSIFY]),
  },
});

export const kept = createRoute({
  method: 'get',
  path: '/v1/results/{model}/{sha256}',
  operationId: 'keptResult',
  summary: 'The kept answer for a picture: ask before you upload',
  description: 'The body depends on the kept answer and the parameters alone; nothing is computed.',
  tags: ['Pictures'],
  parameters: [...CONDITIONAL, ...TRACED],
  request: {
    params: z.object({
      model: z.string().min(1).describe('A name, `name@sha256:<digest>` or a digest'),
      sha256: digestSchema.describe("Of the picture's bytes"),
    }),
    query: parametersSchema.omit({ model: true }),
  },
  responses: {
    200: {
      description: 'The labels, best first',
      headers: CACHE_STATUS,
      content: { 'application/json': { schema: pictureAnswerSchema, example: KEPT } },
    },
    ...NOT_MODIFIED,
    ...refusals([...GUARDED, 'bad_digest', 'bad_parameter', 'result_not_found', ...MODEL]),
  },
});
