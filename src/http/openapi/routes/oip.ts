import { createRoute } from '@hono/zod-openapi';
import * as z from 'zod';
import { oipStatus } from '../../oip/respond.ts';
import {
  inferAnswerSchema,
  inferRequestSchema,
  metadataSchema,
  modelReadySchema,
  oipErrorSchema,
  serverLiveSchema,
  serverReadySchema,
  serverSchema,
} from '../answers/oip.ts';
import type { Code } from '../answers/problem.ts';
import { BODY, CLASSIFY, GUARDED, MODEL } from '../codes.ts';
import { INFERENCE, INFERRED } from '../examples.ts';
import { CACHED, TRACED } from '../headers.ts';
import { listCodes } from '../refusals.ts';
import { RAW_BYTES } from '../requests.ts';
import { told } from '../told.ts';

const TAG = { tags: ['Open Inference Protocol'] };
const OPEN = { security: [] };

function answers<S extends z.ZodType>(description: string, schema: S) {
  return { description, content: { 'application/json': { schema } } };
}

/** Errors of the protocol are text: codes are what the text comes from. */
function errors(codes: readonly Code[]) {
  return told(oipErrorSchema, codes, oipStatus);
}

export const server = createRoute({
  method: 'get',
  path: '/v2',
  operationId: 'oipServer',
  summary: 'Name and extensions of the server',
  ...TAG,
  responses: { 200: answers('What it speaks', serverSchema), ...errors(GUARDED) },
});

export const serverLive = createRoute({
  method: 'get',
  path: '/v2/health/live',
  operationId: 'oipLive',
  summary: 'Whether the server answers',
  ...TAG,
  ...OPEN,
  responses: { 200: answers('It does', serverLiveSchema) },
});

export const serverReady = createRoute({
  method: 'get',
  path: '/v2/health/ready',
  operationId: 'oipReady',
  summary: 'Whether the default model can be asked',
  ...TAG,
  ...OPEN,
  responses: {
    200: answers('It can', serverReadySchema),
    503: answers('It cannot', serverReadySchema),
  },
});

const name = z.string().min(1).describe("A model's name");
const params = z.object({ model: name });
const versioned = z.object({ model: name, version: z.literal('1') });

const METADATA = {
  method: 'get',
  ...TAG,
  responses: {
    200: answers('Inputs, of which a request sends one, and outputs', metadataSchema),
    ...errors([...GUARDED, ...MODEL]),
  },
} as const;

export const metadata = createRoute({
  ...METADATA,
  path: '/v2/models/{model}',
  operationId: 'oipModel',
  summary: 'What a model takes and gives',
  request: { params },
});

export const versionMetadata = createRoute({
  ...METADATA,
  path: '/v2/models/{model}/versions/{version}',
  operationId: 'oipModelVersion',
  summary: 'The same, of the one version that there is',
  request: { params: versioned },
});

const NOT_THERE = ['model_invalid', 'model_damaged', 'model_unavailable'] as const;
const { 503: _503, ...readyErrors } = errors([...GUARDED, ...MODEL]);

const READY = {
  method: 'get',
  ...TAG,
  responses: {
    200: answers('It is', modelReadySchema),
    503: answers(
      `Its card or graph cannot be had\n${listCodes(NOT_THERE)}`,
      z.union([modelReadySchema, oipErrorSchema]),
    ),
    ...readyErrors,
  },
} as const;

export const modelReady = createRoute({
  ...READY,
  path: '/v2/models/{model}/ready',
  operationId: 'oipModelReady',
  summary: 'Whether a model is there; loads nothing to find out',
  request: { params },
});

export const versionReady = createRoute({
  ...READY,
  path: '/v2/models/{model}/versions/{version}/ready',
  operationId: 'oipModelVersionReady',
  summary: 'The same, of the one version that there is',
  request: { params: versioned },
});

const body = {
  required: true,
  description: `JSON, or JSON and bytes behind it: \`Inference-Header-Content-Length\` then says how
long the JSON is, and \`parameters.binary_data_size\` of the input how many bytes follow.`,
  content: {
    'application/json': { schema: inferRequestSchema, example: INFERENCE },
    'application/octet-stream': { schema: RAW_BYTES },
  },
};

const INFER = {
  method: 'post' as const,
  ...TAG,
  parameters: [
    ...CACHED,
    {
      in: 'header' as const,
      name: 'Inference-Header-Content-Length',
      description: 'Bytes of JSON, where binary tensors follow them',
      schema: { type: 'integer' as const },
    },
    ...TRACED,
  ],
  responses: {
    200: {
      description: 'The scores, before softmax',
      content: {
        'application/json': { schema: inferAnswerSchema, example: INFERRED },
        'application/octet-stream': { schema: RAW_BYTES },
      },
    },
    ...errors([...GUARDED, ...BODY, 'bad_inference', ...CLASSIFY]),
  },
};

export const infer = createRoute({
  ...INFER,
  path: '/v2/models/{model}/infer',
  operationId: 'oipInfer',
  summary: 'Scores of up to eight pictures or tensors',
  request: { params, body },
});

export const versionInfer = createRoute({
  ...INFER,
  path: '/v2/models/{model}/versions/{version}/infer',
  operationId: 'oipInferVersion',
  summary: 'The same, of the one version that there is',
  request: { params: versioned, body },
});
