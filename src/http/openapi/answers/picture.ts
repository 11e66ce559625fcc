import { z } from '@hono/zod-openapi';
import type { Cost } from '../../../classify/cost.ts';
import type { Prediction } from '../../../classify/view.ts';
import type { PictureAnswer as Answer, Run } from '../../answer.ts';
import { problemSchema } from './problem.ts';
import { written } from './written.ts';

export const digestSchema = z
  .string()
  .regex(/^[0-9a-f]{64}$/)
  .describe('SHA-256 in lower-case hexadecimal');

const score = z.number().min(0).max(1);

export const predictionSchema = written<Prediction>()(
  z.object({
    label: z.string().describe('Name of the class'),
    class_id: z.int().min(0).describe('Position in the label list'),
    wnid: z.string().optional().describe('WordNet id, where the label list has it'),
    score: score.describe("Softmax of the network's output"),
  }),
);

const imageSchema = z.object({
  sha256: digestSchema.describe("Of the picture's bytes"),
  width: z.int().min(1).describe('Pixels, after EXIF orientation'),
  height: z.int().min(1),
  format: z.string().describe('What the bytes are: jpeg, png, webp, gif or avif'),
});

/** A function of the kept entry and the view alone. */
export const pictureAnswerSchema = written<Answer>()(
  z.object({
    model: z.string().describe('The model that answered'),
    model_digest: digestSchema.describe("Of the model's graph"),
    image: imageSchema,
    predictions: z.array(predictionSchema).readonly().describe('Best first'),
    pred_class: z.string().describe("mmpretrain's name for the first label"),
    pred_label: z.int().min(0).describe("mmpretrain's name for the first class id"),
    pred_score: score.describe("mmpretrain's name for the first score"),
    logits: z
      .array(z.number())
      .readonly()
      .optional()
      .describe('One for each class, before softmax; where `logits=true` was asked'),
  }),
).openapi('PictureAnswer');

export type PictureAnswer = z.output<typeof pictureAnswerSchema>;

const costSchema = written<Cost>()(
  z.object({
    cpu_ms: z.number().min(0).describe("CPU milliseconds: the card's figure, measured before"),
    usd_per_million: z.number().min(0).describe('What a million such requests cost'),
  }),
);

const REASONS = [
  'kept',
  'asked',
  'model_setting',
  'resident',
  'no_origin',
  'origin_resting',
  'origin_cannot',
  'origin_failed',
  'model_too_large',
  'picture_too_large',
  'cold',
  'busy',
  'edge_failed',
] as const satisfies readonly Run['because'][];

export const runSchema = written<Run>()(
  z.object({
    engine: z.string().describe('simd, onnxruntime, or what the origin calls its own'),
    place: z.string().describe('edge or origin'),
    because: z.enum(REASONS).describe('Why it ran there; `kept`: nothing ran'),
    cache: z.enum(['hit', 'miss', 'bypass']),
    cache_key: z
      .enum(['picture', 'tensor'])
      .optional()
      .describe("Which key hit: the picture's bytes, or the pixels that the model sees"),
    cost: costSchema.optional().describe('Left out where nobody has measured'),
    stage: z
      .object({ number: z.int().min(1), of: z.int().min(2), confidence: score })
      .optional()
      .describe('Of a cascade: the stage that spoke'),
    stage_failed: z
      .object({ number: z.int().min(1), model: z.string(), code: z.string() })
      .optional()
      .describe('Of a cascade: a stage that was asked and could not answer'),
  }),
);

/** One picture's answer, as POST /v1/classify gives it. */
export const classifiedSchema = pictureAnswerSchema
  .extend({ run: runSchema.describe('What happened this time') })
  .openapi('Classified');

export type Classified = z.output<typeof classifiedSchema>;

/** A bad picture fails alone, in its place. */
export const severalSchema = z
  .object({
    results: z
      .array(z.union([classifiedSchema, z.object({ error: problemSchema })]))
      .readonly()
      .describe('In the order of the pictures'),
  })
  .openapi('Several');
