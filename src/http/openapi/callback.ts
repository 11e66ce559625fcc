import type { RouteConfig } from '@hono/zod-openapi';
import { z } from '@hono/zod-openapi';
import { failureSchema, jobIdSchema } from './answers/jobs.ts';
import { digestSchema, pictureAnswerSchema } from './answers/picture.ts';
import { EVENT } from './examples.ts';

const image = z.object({
  position: z.int().min(0).max(15).describe('In the event, from 0'),
  id: z.string().optional().describe('What its sender calls it'),
  reference: z.string().describe('Its URL, or its key in the bucket'),
  sha256: digestSchema.optional(),
});

const told = {
  job: jobIdSchema.describe('GET /v1/jobs/{id} tells all of it'),
  source: z.string(),
  message_id: z.string().min(1).describe('Of the event; of an upload bucket/key@etag'),
  metadata: z.record(z.string(), z.unknown()).describe('What the source takes from its events'),
  image,
};

const timestamp = z.iso
  .datetime()
  .describe("When the outcome was known; the header webhook-timestamp is the attempt's");

/** The body of a callback, as docs/webhook-event.schema.json tells it to other tools. */
export const callbackEventSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('image.classified'),
    timestamp,
    data: z.object({ ...told, answer: pictureAnswerSchema }),
  }),
  z.object({
    type: z.literal('image.failed'),
    timestamp,
    data: z.object({ ...told, failure: failureSchema }),
  }),
]);

const text = { type: 'string' as const };

/** What receivers of callbacks serve. */
export const CALLBACK: RouteConfig = {
  method: 'post',
  path: 'imageOutcome',
  operationId: 'imageOutcome',
  summary: 'What became of a picture of an event',
  description: `Sent to the callback of the source, signed as Standard Webhooks says. All attempts
of one message have the same \`webhook-id\`: a receiver that sees it again has already done it.`,
  tags: ['Jobs and webhooks'],
  security: [{ signedEvent: [] }],
  parameters: [
    { in: 'header', name: 'webhook-id', required: true, schema: text },
    { in: 'header', name: 'webhook-timestamp', required: true, schema: text },
    { in: 'header', name: 'webhook-signature', required: true, schema: text },
  ],
  request: {
    body: {
      required: true,
      content: { 'application/json': { schema: callbackEventSchema, example: EVENT } },
    },
  },
  responses: {
    '2XX': { description: 'Taken; it is not sent again' },
    410: { description: 'Nothing more is sent to this receiver until somebody redrives a job' },
    default: { description: 'Tried again later; Retry-After is kept' },
  },
};
