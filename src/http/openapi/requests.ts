import { z } from '@hono/zod-openapi';
import { parametersSchema } from '../parameters.ts';

/** One picture in JSON: exactly one of the two. */
const image = z.string().describe('Base64, or a data URL with base64');
const url = z
  .string()
  .describe('https; fetched by the service, under the rules of docs/security.md');

const oneOf = {
  image: z.strictObject({ image }),
  url: z.strictObject({ url }),
};

/** A JSON body of POST /v1/classify, parameters beside the pictures. */
export const classifyJsonSchema = z.union([
  parametersSchema.extend({ image }),
  parametersSchema.extend({ url }),
  parametersSchema.extend({
    images: z.array(z.union([oneOf.image, oneOf.url])).min(1),
  }),
]);

/** A picture as it is, of no type that JSON knows (OpenAPI 3.1, 4.8.14.1). */
export const RAW_BYTES = { contentMediaType: 'application/octet-stream' };

/** Parts of a form: pictures as files of any name, `url` fields, parameters as fields. */
export const classifyFormSchema = parametersSchema.extend({
  image: z
    .unknown()
    .meta({ ...RAW_BYTES, description: 'A file; it may be there several times, by any name' })
    .optional(),
  url: url.optional(),
});
