import * as z from 'zod';
import { LIST_MODELS_MAX, LIST_PICTURES_MAX, LIST_URL_CHARS_MAX } from './limits.ts';

/** In the bucket of the models. */
export const WARM_LIST_KEY = 'warm/list.json';

const digest = z.string().regex(/^[0-9a-f]{64}$/, '64 lower-case hexadecimal digits');

const list = z.strictObject({
  version: z.literal(1),
  /** Names, or references with a digest; none is the service's own model. */
  models: z.array(z.string().min(1).max(168)).max(LIST_MODELS_MAX).readonly(),
  pictures: z
    .array(
      z.strictObject({
        url: z.string().min(1).max(LIST_URL_CHARS_MAX),
        /** Of the bytes at that address, when it was listed: what is kept is not fetched then. */
        sha256: digest.optional(),
      }),
    )
    .max(LIST_PICTURES_MAX)
    .readonly(),
});

/** What is to be kept warm. `npm run warmup -- --publish-list` writes one; so may anybody. */
export type WarmList = Readonly<z.infer<typeof list>>;

export const warmListSchema: z.ZodType<WarmList> = list;
