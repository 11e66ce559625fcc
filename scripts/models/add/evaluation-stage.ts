import { ok, type Result } from '../../../src/result.ts';
import { type Evaluation, evaluateGraphs } from '../evaluate/evaluate.ts';
import { codeDigest, EVALUATING } from './code-digest.ts';
import type { FloatStage } from './float-stage.ts';
import type { Int8Stage } from './int8-stage.ts';
import type { KnownPictures, PicturesFailure } from './pictures.ts';
import type { Products } from './products.ts';

export interface EvaluationStage {
  readonly evaluation: Evaluation;
  readonly cached: boolean;
}

/** Both graphs over the same pictures, or the figures as an earlier run kept them. */
export async function toEvaluation(
  products: Products,
  float: FloatStage,
  int8: Int8Stage,
  pictures: KnownPictures,
  progress: (what: string, total: number) => (done: number) => void,
): Promise<Result<EvaluationStage, PicturesFailure>> {
  const graphs = [float.facts.graph, int8.facts.graph];
  const inputs = [...graphs, pictures.identity, codeDigest(EVALUATING)];
  const found = products.find<Evaluation>('evaluation', inputs);
  if (found !== undefined) return ok({ evaluation: found.facts, cached: true });
  const opened = await pictures.open();
  if (!opened.ok) return opened;
  const set = opened.value;
  const show = { float: progress('fp32', set.size), int8: progress('int8', set.size) };
  const evaluation = await evaluateGraphs(float.bytes, int8.bytes, set, (graph, done) => {
    show[graph](done);
  });
  products.keep('evaluation', inputs, { bytes: new Uint8Array(0), facts: evaluation });
  return ok({ evaluation, cached: false });
}
