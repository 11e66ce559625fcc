import { z } from '@hono/zod-openapi';
import type { CatalogueEntry, ModelCard } from '../../../model/card.ts';
import { cardObject, catalogueEntryObject } from '../../../model/card.ts';
import { problemSchema } from './problem.ts';
import { written } from './written.ts';

/** As published, without the golden picture. */
export const publicCardSchema = written<Omit<ModelCard, 'golden'>>()(
  cardObject.omit({ golden: true }),
).openapi('ModelCard');

export const catalogueLineSchema = written<CatalogueEntry & { readonly command: string }>()(
  catalogueEntryObject.extend({ command: z.string().describe('What adds it here') }),
).openapi('CatalogueEntry');

/** GET /v1/models. */
export const modelsSchema = z.object({
  default: z.string().describe('The model that answers where none is asked for'),
  models: z
    .array(z.union([publicCardSchema, z.object({ name: z.string(), error: problemSchema })]))
    .readonly()
    .describe('What can be asked for; a card that cannot be read stands there with its error'),
  catalogue: z
    .array(catalogueLineSchema)
    .readonly()
    .describe('Published models that nobody has added here yet'),
});
