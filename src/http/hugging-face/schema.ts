import * as z from 'zod';

// The shapes of Hugging Face's image classification task:
// https://huggingface.co/docs/inference-providers/tasks/image-classification

/** `function_to_apply`: one label of many where it is not said, as their pipeline has it. */
export const imageClassificationParameters = z.strictObject({
  /** Beyond the model's classes it means all of them, as in their pipeline. */
  top_k: z.number().int().min(1).nullish(),
  function_to_apply: z.enum(['softmax', 'sigmoid', 'none']).nullish(),
});

export const imageClassificationRequest = z.looseObject({
  /** The picture in base64, or as a data URL. */
  inputs: z.string(),
  parameters: imageClassificationParameters.nullish(),
  /** `wait_for_model` changes nothing: a model is loaded within the request that asks for it. */
  options: z.looseObject({ use_cache: z.boolean().nullish() }).nullish(),
});

export const imageClassificationAnswer = z.array(
  z.object({ label: z.string(), score: z.number() }),
);

export const huggingFaceError = z.object({ error: z.string() });
