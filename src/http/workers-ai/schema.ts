import * as z from 'zod';

// The REST API of Workers AI:
// https://developers.cloudflare.com/api/resources/ai/methods/run/

/** For the document: request.ts reads it without a parser, and a test holds both equal. */
export const workersAiRequest = z.strictObject({
  /** The file's bytes as numbers, 0 to 255; or, which is a third as long, in base64. */
  image: z.union([z.array(z.number().int().min(0).max(255)), z.string()]),
});

export const workersAiAnswer = z.object({
  result: z.array(z.object({ label: z.string(), score: z.number() })),
  success: z.literal(true),
  errors: z.array(z.never()),
  messages: z.array(z.never()),
});

export const workersAiError = z.object({
  result: z.null(),
  success: z.literal(false),
  errors: z.array(z.object({ code: z.number().int(), message: z.string() })),
  messages: z.array(z.never()),
});
