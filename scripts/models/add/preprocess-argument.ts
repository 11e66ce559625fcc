import { existsSync, readFileSync } from 'node:fs';
import type { Preprocess } from '../../../src/image/preprocess.ts';
import { preprocessSchema } from '../../../src/model/card.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { PREPROCESS } from '../pictures/standard.ts';

export type PreprocessFailure = {
  readonly code: 'bad_preprocess';
  readonly saw: string;
  readonly why: string;
};

/** `--preprocess`: a library's name, a JSON file, or the JSON itself, as cards have it. */
export function parsePreprocess(
  text: string,
  toPath: (path: string) => string,
): Result<Preprocess, PreprocessFailure> {
  const standard = PREPROCESS[text];
  if (standard !== undefined) return ok(standard);
  const inline = text.trimStart().startsWith('{');
  const path = toPath(text);
  if (!inline && !existsSync(path)) {
    const why = `neither a file nor one of ${Object.keys(PREPROCESS).join(', ')}`;
    return fail({ code: 'bad_preprocess', saw: text, why });
  }
  try {
    const json: unknown = JSON.parse(inline ? text : readFileSync(path, 'utf8'));
    const parsed = preprocessSchema.safeParse(json);
    if (parsed.success) return ok(parsed.data);
    const issue = parsed.error.issues[0];
    const why = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`;
    return fail({ code: 'bad_preprocess', saw: text, why });
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'bad_preprocess', saw: text, why });
  }
}
