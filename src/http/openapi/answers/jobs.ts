import { z } from '@hono/zod-openapi';
import type {
  AttemptRecord,
  DeliveryState,
  ImageOutcome,
  JobState,
} from '../../../webhook/jobs/job.ts';
import { digestSchema, pictureAnswerSchema } from './picture.ts';

export const jobIdSchema = z.string().regex(/^job_[0-9a-f]{32}$/);

const STATES = ['queued', 'done', 'dead'] as const satisfies readonly JobState[];
const DELIVERY_STATES = [
  'waiting',
  'delivered',
  'failed',
  'disabled',
  'replaced',
] as const satisfies readonly DeliveryState[];
const OUTCOMES = [
  'started',
  'delivered',
  'retry',
  'failed',
  'disabled',
] as const satisfies readonly AttemptRecord['outcome'][];
const FOUND = ['classified', 'failed'] as const satisfies readonly ImageOutcome['status'][];

/** 202: taken on, not done yet. */
export const acceptedSchema = z
  .object({
    job: jobIdSchema,
    url: z.string().describe('Where it tells how it is'),
    status: z.literal('queued'),
  })
  .openapi('Accepted');

/** A job without its pictures and callbacks, as lists have it. */
export const jobLineSchema = z
  .object({
    id: jobIdSchema,
    source: z.string(),
    message_id: z.string().describe('Of the event; of an upload bucket/key@etag'),
    state: z.enum(STATES).describe('`dead`: it failed in a way that no picture is to blame for'),
    created: z.iso.datetime(),
    finished: z.iso.datetime().optional(),
    tries: z.int().min(0).describe('How often somebody began to work on it'),
    duplicates: z.int().min(0).describe('How often the same event came again'),
    other_bodies: z.int().min(0).describe('How often its id came with another body'),
    metadata: z.record(z.string(), z.unknown()).describe('What the source takes from its events'),
    cause: z.string().optional().describe('Why it is dead'),
    last_error: z.string().optional().describe('What last went wrong, no picture being to blame'),
  })
  .openapi('JobLine');

export const failureSchema = z.looseObject({
  code: z.string().describe('A code of docs/errors.md; the facts beside it depend on it'),
});

const jobImageSchema = z.object({
  position: z.int().min(0).describe('In the event'),
  id: z.string().optional().describe('What its sender calls it'),
  reference: z.string().describe('Its URL, or its key in the bucket'),
  sha256: digestSchema.optional(),
  status: z.enum(FOUND).optional().describe('Left out until it is known'),
  answer: pictureAnswerSchema.optional(),
  failure: failureSchema.optional(),
});

const attemptSchema = z.object({
  attempt: z.int().min(1),
  at: z.iso.datetime(),
  outcome: z.enum(OUTCOMES).describe('`started`: nobody lived to tell the end'),
  status: z.int().optional().describe('What the receiver answered'),
  ms: z.number().min(0).optional(),
  cause: z.string().optional(),
});

const callbackSchema = z.object({
  id: z.string().describe('webhook-id of the callback'),
  position: z.int().min(0).describe('Of its picture'),
  state: z.enum(DELIVERY_STATES),
  next: z.iso.datetime().optional().describe('When it is tried, where it waits'),
  attempts: z.array(attemptSchema).readonly(),
});

/** GET /v1/jobs/{id}. */
export const jobSchema = jobLineSchema
  .extend({
    images: z.array(jobImageSchema).readonly(),
    callbacks: z.array(callbackSchema).readonly(),
  })
  .openapi('Job');

export type JobAnswer = z.output<typeof jobSchema>;

/** GET /v1/jobs, newest first. */
export const jobsSchema = z.object({
  jobs: z.array(jobLineSchema).readonly(),
  next: jobIdSchema.optional().describe('The cursor of the next page, where there may be one'),
});
