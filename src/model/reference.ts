import { type Digest, isDigest } from '../digest.ts';
import { fail, ok, type Result } from '../result.ts';
import { modelName } from './card.ts';
import type { ModelFailure } from './failure.ts';
import { REFERENCE_CHARS_MAX } from './limits.ts';

/** How a caller names a model: whatever is published now, or one graph for ever. */
export type ModelReference =
  | { readonly by: 'name'; readonly name: string }
  | { readonly by: 'digest'; readonly graph: Digest; readonly name?: string };

const PIN = '@sha256:';

/** Reads `name`, `name@sha256:<digest>` or a bare digest (64 digits are no name of ours). */
export function parseReference(text: string): Result<ModelReference, ModelFailure> {
  const bad = fail({ code: 'bad_model_name', saw: text.slice(0, REFERENCE_CHARS_MAX) } as const);
  if (text.length > REFERENCE_CHARS_MAX) return bad;
  if (isDigest(text)) return ok({ by: 'digest', graph: text });
  const at = text.indexOf(PIN);
  const name = at < 0 ? text : text.slice(0, at);
  if (!modelName.safeParse(name).success) return bad;
  if (at < 0) return ok({ by: 'name', name });
  const graph = text.slice(at + PIN.length);
  return isDigest(graph) ? ok({ by: 'digest', graph, name }) : bad;
}
