import { z } from '@hono/zod-openapi';
import type { ReadinessReport } from '../../readiness.ts';
import { digestSchema } from './picture.ts';
import { written } from './written.ts';

export const aliveSchema = z.object({ status: z.literal('alive') });

export const readinessSchema = written<ReadinessReport>()(
  z.object({
    status: z
      .enum(['ready', 'degraded', 'unready'])
      .describe('`degraded`: the last good graph serves, because the newest cannot be used'),
    model: z.string(),
    model_digest: digestSchema.optional(),
    code: z.string().optional().describe('Why it is not ready'),
    detail: z.string().optional(),
  }),
);
