import * as z from 'zod';
import { modelName } from './card.ts';
import { LABELS_MAX } from './limits.ts';

const label = z.strictObject({
  name: z.string().min(1).max(256),
  /** WordNet noun synset, as ImageNet names its classes. */
  wnid: z
    .string()
    .regex(/^n\d{8}$/, 'a wnid is n and 8 digits')
    .optional(),
});

const labelList = z.strictObject({
  name: modelName,
  /** Position is the class id. */
  labels: z.array(label).min(1).max(LABELS_MAX).readonly(),
});

export type LabelList = Readonly<z.infer<typeof labelList>>;

export const labelListSchema: z.ZodType<LabelList> = labelList;
