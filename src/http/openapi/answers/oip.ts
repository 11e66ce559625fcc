import { z } from '@hono/zod-openapi';
import type { TensorSpec } from '../../../oip/tensor.ts';
import { written } from './written.ts';

/** Errors of the protocol are text alone. */
export const oipErrorSchema = z.object({ error: z.string() });

export const serverSchema = z.object({
  name: z.string(),
  version: z.string(),
  extensions: z.array(z.string()).readonly(),
});

export const serverLiveSchema = z.object({ live: z.boolean() });
export const serverReadySchema = z.object({ ready: z.boolean() });
export const modelReadySchema = z.object({ name: z.string(), ready: z.boolean() });

const DATATYPES = ['FP32', 'FP16', 'UINT8', 'BYTES'] as const;

const tensorSpecSchema = written<TensorSpec>()(
  z.object({
    name: z.string(),
    datatype: z.enum(DATATYPES),
    shape: z.array(z.int()).readonly().describe('-1 is the batch'),
  }),
);

export const metadataSchema = z.object({
  name: z.string(),
  versions: z.array(z.string()).readonly(),
  platform: z.string(),
  inputs: z.array(tensorSpecSchema).readonly().describe('Alternatives: a request sends one'),
  outputs: z.array(tensorSpecSchema).readonly(),
});

const numbersOrTexts = z.array(z.union([z.number(), z.string(), z.array(z.unknown())]));

/** A request in JSON. Its rules that no schema tells are those of the protocol. */
export const inferRequestSchema = z.looseObject({
  id: z.string().optional().describe('Comes back in the answer'),
  parameters: z.looseObject({ binary_data_output: z.boolean().optional() }).optional(),
  inputs: z
    .array(
      z.looseObject({
        name: z.enum(['input', 'input_fp16', 'image_u8', 'image_u8_nchw', 'image']),
        datatype: z.enum(DATATYPES),
        shape: z.array(z.int().min(1)),
        parameters: z.looseObject({ binary_data_size: z.int().min(0).optional() }).optional(),
        data: numbersOrTexts.optional().describe('Flat, or nested as the shape; BYTES as base64'),
      }),
    )
    .min(1)
    .max(1),
  outputs: z
    .array(
      z.looseObject({
        name: z.literal('logits'),
        parameters: z
          .looseObject({
            classification: z
              .int()
              .min(1)
              .optional()
              .describe('The best so many, as `value:index:label`, in place of all scores'),
            binary_data: z.boolean().optional(),
          })
          .optional(),
      }),
    )
    .optional(),
});

/** An answer in JSON; with binary outputs it is the part in front of the bytes. */
export const inferAnswerSchema = z.object({
  model_name: z.string(),
  model_version: z.string(),
  id: z.string().optional(),
  parameters: z.object({ engine: z.string() }).optional(),
  outputs: z
    .array(
      z.object({
        name: z.string(),
        datatype: z.enum(DATATYPES),
        shape: z.array(z.int()).readonly(),
        data: z
          .array(z.union([z.number(), z.string()]))
          .readonly()
          .optional(),
        parameters: z.object({ binary_data_size: z.int() }).optional(),
      }),
    )
    .readonly(),
});
