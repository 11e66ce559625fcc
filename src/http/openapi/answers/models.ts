import { z } from '@hono/zod-openapi';
import type { CatalogueEntry } from '../../../model/card.ts';
import { cardObject, catalogueEntryObject } from '../../../model/card.ts';
import type { PublicCard } from '../../models-route.ts';
import type { Warmed } from '../../warm-route.ts';
import { digestSchema } from './picture.ts';
import { problemSchema } from './problem.ts';
import { written } from './written.ts';

/** As published, without the golden picture. */
export const publicCardSchema = written<PublicCard>()(
  cardObject.omit({ golden: true }).extend({
    computed: catalogueEntryObject.shape.computed
      .optional()
      .describe('How much work a picture is, where the catalogue knows the network'),
  }),
).openapi('ModelCard');

export const catalogueLineSchema = written<CatalogueEntry & { readonly command: string }>()(
  catalogueEntryObject.extend({ command: z.string().describe('What adds it here') }),
).openapi('CatalogueEntry');

/** GET /v1/models. */
export const modelsSchema = z.object({
  default: z.string().describe('The model that answers where none is asked for'),
  results: z
    .object({
      tiers: z
        .array(z.string())
        .readonly()
        .describe('isolate, datacentre, worldwide: where an answer is kept, the nearest first'),
      scope: z.enum(['shared', 'key']).describe('Whether others than its own key see it'),
    })
    .describe('Where answers are kept, and for whom'),
  models: z
    .array(z.union([publicCardSchema, z.object({ name: z.string(), error: problemSchema })]))
    .readonly()
    .describe('What can be asked for; a card that cannot be read stands there with its error'),
  catalogue: z
    .array(catalogueLineSchema)
    .readonly()
    .describe('Published models that nobody has added here yet'),
});

/** POST /v1/models/{name}/warm. */
export const warmedSchema = written<Warmed>()(
  z.object({
    model: z.string(),
    model_digest: digestSchema,
    engine: z.string(),
    was_warm: z.boolean().describe('It was there before anybody asked'),
    resident_bytes: z.int().min(0).describe('Of all sessions of this isolate together'),
  }),
);
