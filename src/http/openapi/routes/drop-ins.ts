import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { huggingFaceStatus } from '../../hugging-face/respond.ts';
import {
  huggingFaceError,
  imageClassificationAnswer,
  imageClassificationRequest,
} from '../../hugging-face/schema.ts';
import { torchServeAnswer, torchServeError, torchServePing } from '../../torchserve/schema.ts';
import { workersAiStatus } from '../../workers-ai/respond.ts';
import { workersAiAnswer, workersAiError, workersAiRequest } from '../../workers-ai/schema.ts';
import type { Code } from '../answers/problem.ts';
import { BODY, CLASSIFY, CONTENT_DIGEST, GUARDED } from '../codes.ts';
import { CACHE_STATUS, CACHED, DEADLINE, DIGESTED, TRACED } from '../headers.ts';
import { RAW_BYTES } from '../requests.ts';
import { told } from '../told.ts';

/** Of a name that cannot be one of ours a dialect says that there is no such model. */
const CODES: readonly Code[] = [
  ...GUARDED,
  ...BODY,
  ...CONTENT_DIGEST,
  ...CLASSIFY.filter((code) => code !== 'bad_model_name'),
];

const PICTURE = {
  tags: ['Drop-in APIs'],
  parameters: [...CACHED, ...DIGESTED, ...DEADLINE, ...TRACED],
};

const HEADERS = {
  'X-Request-Id': CACHE_STATUS['X-Request-Id'],
  'Cache-Status': CACHE_STATUS['Cache-Status'],
  'X-Razorbill-Model': { description: 'Which it was: `name@sha256:<digest>`', schema: text() },
};

function text() {
  return { type: 'string' as const };
}

function answers<S extends z.ZodType>(description: string, schema: S) {
  return { description, headers: HEADERS, content: { 'application/json': { schema } } };
}

function picture<S extends z.ZodType>(schema: S) {
  const content = {
    'image/*': { schema: RAW_BYTES },
    'application/octet-stream': { schema: RAW_BYTES },
    'application/json': { schema },
  };
  return { required: true, description: "A picture's bytes, or JSON", content };
}

const HUGGING_FACE = {
  method: 'post' as const,
  ...PICTURE,
  responses: {
    200: answers('The labels, best first', imageClassificationAnswer),
    ...told(
      huggingFaceError,
      [
        ...CODES.filter((code) => code !== 'method_not_allowed'),
        'bad_parameter',
        'bad_json',
        'bad_base64',
        'no_image',
      ],
      huggingFaceStatus,
    ),
  },
};

export const huggingFace = createRoute({
  ...HUGGING_FACE,
  path: '/models/{model}',
  operationId: 'huggingFaceModel',
  summary: "Hugging Face's image classification",
  description: `\`{model}\` may hold slashes, as ids of the hub do. Too much to do is 429 and not
503, at which the hub's own client would ask again without end.`,
  request: {
    params: z.object({ model: z.string().min(1) }),
    body: picture(imageClassificationRequest),
  },
});

export const huggingFaceDefault = createRoute({
  ...HUGGING_FACE,
  path: '/',
  operationId: 'huggingFace',
  summary: 'The same of the default model, where an endpoint has only one',
  request: { body: picture(imageClassificationRequest) },
});

export const workersAi = createRoute({
  method: 'post',
  path: '/client/v4/accounts/{account}/ai/run/{model}',
  operationId: 'workersAi',
  summary: "Workers AI's REST API",
  description: '`{model}` may hold slashes, as `@cf/microsoft/resnet-50` does.',
  ...PICTURE,
  request: {
    params: z.object({
      account: z.string().min(1).describe('Anything: it is not looked at'),
      model: z.string().min(1),
    }),
    body: picture(workersAiRequest),
  },
  responses: {
    200: answers('The five best labels, in the envelope of that API', workersAiAnswer),
    ...told(workersAiError, [...CODES, 'bad_parameter', 'bad_json', 'bad_base64'], workersAiStatus),
  },
});

export const ping = createRoute({
  method: 'get',
  path: '/ping',
  operationId: 'torchServePing',
  summary: "TorchServe's health",
  tags: ['Drop-in APIs'],
  security: [],
  responses: {
    200: {
      description: '`Healthy`',
      content: { 'application/json': { schema: torchServePing } },
    },
    503: {
      description: '`Unhealthy`',
      content: { 'application/json': { schema: torchServePing } },
    },
  },
});

const TORCH_SERVE = {
  ...PICTURE,
  responses: {
    200: answers('The five best labels and their scores, best first', torchServeAnswer),
    ...told(torchServeError, [...CODES, 'bad_multipart', 'no_image', 'too_many_images']),
  },
};

const body = {
  required: true,
  description: "A picture's bytes, or a form with one file",
  content: {
    'image/*': { schema: RAW_BYTES },
    'application/octet-stream': { schema: RAW_BYTES },
    'multipart/form-data': {
      schema: { type: 'object' as const, properties: { data: RAW_BYTES } },
    },
  },
};

const named = { params: z.object({ model: z.string().min(1) }), body };
const versioned = {
  params: z.object({
    model: z.string().min(1),
    version: z.string().describe("1, 1.0 or the digest of the model's graph"),
  }),
  body,
};

export const predict = createRoute({
  ...TORCH_SERVE,
  method: 'post',
  path: '/predictions/{model}',
  operationId: 'torchServe',
  summary: "TorchServe's predictions, as its image_classifier gives them",
  request: named,
});

export const predictPut = createRoute({
  ...TORCH_SERVE,
  method: 'put',
  path: '/predictions/{model}',
  operationId: 'torchServePut',
  summary: 'The same: `curl -T` sends PUT',
  request: named,
});

export const predictVersion = createRoute({
  ...TORCH_SERVE,
  method: 'post',
  path: '/predictions/{model}/{version}',
  operationId: 'torchServeVersion',
  summary: 'The same of one version',
  request: versioned,
});

export const predictVersionPut = createRoute({
  ...TORCH_SERVE,
  method: 'put',
  path: '/predictions/{model}/{version}',
  operationId: 'torchServeVersionPut',
  summary: 'The same of one version: `curl -T` sends PUT',
  request: versioned,
});
