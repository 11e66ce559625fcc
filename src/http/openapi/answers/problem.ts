import { z } from '@hono/zod-openapi';
import { type Failure, PROBLEMS } from '../../problem.ts';
import { PROBLEM } from '../examples.ts';

export type Code = Failure['code'];

/** All that failures tell beside their codes. One that is missing here does not compile. */
const MEMBERS = {
  name: z.string().optional().describe('The parameter or the model that it is about'),
  member: z.string().optional().describe('Where in the document, as `inputs[0].shape`'),
  detail: z.string().optional().describe('In words'),
  reason: z.string().optional().describe('In one word, or a few'),
  problem: z.string().optional(),
  problems: z
    .array(z.unknown())
    .optional()
    .describe('What is wrong with the configuration; on a laptop only'),
  saw: z.string().optional().describe('What was there instead'),
  feature: z.string().optional().describe('The part of a known format that is not decoded'),
  what: z
    .enum(['bytes', 'pixels', 'memory', 'scans'])
    .optional()
    .describe('What there is too much of'),
  limit: z.number().optional(),
  actual: z.number().optional(),
  bytesMax: z.int().optional(),
  imagesMax: z.int().optional(),
  redirectsMax: z.int().optional(),
  timeoutMs: z.int().optional(),
  retryAfterSeconds: z.number().optional().describe('As the header Retry-After says'),
  allow: z.string().optional().describe('As the header Allow says'),
  algorithm: z.string().optional().describe('Of Content-Digest'),
  reference: z.string().optional().describe('The model as it was asked for'),
  command: z.string().optional().describe('What adds the model'),
  expected: z.array(z.int()).optional(),
} satisfies Readonly<Record<Member, z.ZodType>>;

type Member = Exclude<MembersOf<Failure>, 'code' | 'status'>;
type MembersOf<F> = F extends unknown ? keyof F : never;

/** Every code of the service. */
export const codeSchema = z.enum(Object.keys(PROBLEMS) as [Code, ...Code[]]).openapi('Code');

/** RFC 9457: decide by `code`; members beside it depend on the code. */
export const problemSchema = z
  .object({
    type: z.string().describe('An address of this service that explains the code'),
    title: z.string(),
    status: z.int().min(400).max(599).describe('As the answer itself has it'),
    code: codeSchema.describe('Stable: decide by it, not by the words'),
    request_id: z.string().optional().describe("What the operator's log knows"),
    ...MEMBERS,
  })
  .openapi('Problem', { example: PROBLEM });

export type ProblemAnswer = z.output<typeof problemSchema>;

/** GET /problems/{code}. */
export const explanationSchema = z.object({
  type: z.string(),
  code: codeSchema,
  status: z.int(),
  title: z.string(),
});
