import * as z from 'zod';

// TorchServe's inference API and its image_classifier handler:
// https://docs.pytorch.org/serve/inference_api.html

/** Scores of the five likeliest classes by their labels, the best first. */
export const torchServeAnswer = z.record(z.string(), z.number());

export const torchServeError = z.object({
  code: z.number().int(),
  type: z.string(),
  message: z.string(),
});

export const torchServePing = z.object({ status: z.enum(['Healthy', 'Unhealthy']) });
