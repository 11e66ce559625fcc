import * as z from 'zod';
import { fail, ok, type Result } from '../result.ts';
import { authorize } from './authorize.ts';
import { exchange, type OriginFetch } from './exchange.ts';
import type { OriginFailure } from './failure.ts';
import type { Dialect, OriginQuestion, OriginScores } from './origin.ts';
import type { OriginAuth } from './sign.ts';

export interface OursOptions {
  readonly url: string;
  readonly auth: OriginAuth;
  readonly fetch: OriginFetch;
  readonly clock: () => number;
}

/** When the origin must have answered; it drops work that nobody waits for any more. */
export const DEADLINE_HEADER = 'x-deadline-ms-epoch';

const answerSchema = z.object({
  model_digest: z.string(),
  image: z.object({
    sha256: z.string(),
    width: z.number().int().min(1),
    height: z.number().int().min(1),
    format: z.string().max(20),
  }),
  /** One for each class, as float32 has them. */
  logits: z.array(z.number()).max(65_536),
  run: z.object({ engine: z.string().max(60) }),
});

/** Our own origin (src/container): the picture's bytes as they are, the same answer as here. */
export function createOursDialect(options: OursOptions): Dialect {
  return {
    name: 'ours',
    takesPictures: true,
    async ask(question, signal) {
      const url = `${options.url}/v1/classify?model=${question.graph}&logits=true`;
      const body = question.picture.bytes;
      const headers = new Headers({
        'content-type': 'application/octet-stream',
        'cache-control': 'no-store',
        [DEADLINE_HEADER]: `${question.deadlineMsEpoch}`,
      });
      await authorize(headers, options.auth, { url, body, nowMs: options.clock() });
      const exchanged = await exchange(options.fetch, url, { headers, body, signal });
      return exchanged.ok ? readAnswer(exchanged.value.body, question) : exchanged;
    },
  };
}

function readAnswer(
  body: Uint8Array,
  question: OriginQuestion,
): Result<OriginScores, OriginFailure> {
  const parsed = answerSchema.safeParse(parseJson(body));
  if (!parsed.success) return fail({ code: 'origin_malformed' });
  const { model_digest: graph, image, logits, run } = parsed.data;
  const same = graph === question.graph && image.sha256 === question.picture.sha256;
  if (!same || logits.length !== question.classes) return fail({ code: 'origin_mismatch' });
  const scores = Float32Array.from(logits);
  if (!scores.every((score) => Number.isFinite(score))) return fail({ code: 'origin_not_finite' });
  const { width, height, format } = image;
  return ok({ scores, engine: run.engine, image: { width, height, format } });
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(body));
  } catch {
    return undefined;
  }
}
