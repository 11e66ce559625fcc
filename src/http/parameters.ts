import * as z from 'zod';
import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';

/** More predictions than any shipped model has classes would only be an oversight. */
export const TOP_K_MAX = 1000;
/** Shorter than any picture takes; longer than any caller should have to wait. */
const TIMEOUT_MS_MIN = 10;
const TIMEOUT_MS_MAX = 60_000;
const MODEL_REFERENCE_CHARS_MAX = 200;

export interface Parameters {
  readonly model?: string | undefined;
  readonly top_k: number;
  readonly min_score: number;
  /** Where it should run; the service decides where the caller does not. */
  readonly engine?: 'edge' | 'origin' | 'auto' | undefined;
  /** All scores before softmax beside the ranked ones. */
  readonly logits: boolean;
  /** How long the caller will wait, in milliseconds. */
  readonly timeout_ms?: number | undefined;
}

export interface ParameterFailure {
  readonly code: 'bad_parameter';
  readonly name: string;
  readonly detail: string;
}

/** Numbers as JSON has them or as a query string spells them; an empty text is not one here. */
function numeric(schema: z.ZodNumber): z.ZodType<number, number | string> {
  return z.preprocess(
    (v: number | string) =>
      typeof v === 'string' && /^[+-]?(\d+\.?\d*|\.\d+)$/.test(v) ? Number(v) : v,
    schema,
  );
}

/** Also what the OpenAPI document says of them. */
export const parametersSchema = z.strictObject({
  model: z.string().min(1).max(MODEL_REFERENCE_CHARS_MAX).optional(),
  top_k: numeric(z.number().int().min(1).max(TOP_K_MAX)).default(5),
  min_score: numeric(z.number().min(0).max(1)).default(0),
  engine: z.enum(['edge', 'origin', 'auto']).optional(),
  logits: z
    .preprocess(
      (v: boolean | 'true' | 'false') => (v === 'true' ? true : v === 'false' ? false : v),
      z.boolean(),
    )
    .default(false),
  timeout_ms: numeric(z.number().int().min(TIMEOUT_MS_MIN).max(TIMEOUT_MS_MAX)).optional(),
});

/** Unknown names are refused: a misspelt `topk` that is ignored costs its sender an afternoon. */
export function parseParameters(
  given: Readonly<Record<string, unknown>>,
): Result<Parameters, ParameterFailure> {
  const parsed = parametersSchema.safeParse(given);
  if (parsed.success) return ok(parsed.data);
  const [issue] = parsed.error.issues;
  if (issue?.code === 'unrecognized_keys') {
    const [name = ''] = issue.keys;
    return fail({ code: 'bad_parameter', name, detail: 'there is no parameter of this name' });
  }
  const detail = issue?.message ?? 'not valid';
  return fail({ code: 'bad_parameter', name: String(issue?.path[0] ?? ''), detail });
}
