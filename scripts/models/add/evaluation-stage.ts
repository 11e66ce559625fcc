import { type Evaluation, evaluateGraphs } from '../evaluate/evaluate.ts';
import type { PictureSet } from '../pictures/picture-set.ts';
import { codeDigest, EVALUATING } from './code-digest.ts';
import type { FloatStage } from './float-stage.ts';
import type { Int8Stage } from './int8-stage.ts';
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
  pictures: PictureSet,
  picturesIdentity: unknown,
  onPictures: (graph: 'float' | 'int8', done: number) => void,
): Promise<EvaluationStage> {
  const set = [pictures.name, pictures.size, picturesIdentity];
  const inputs = [float.facts.graph, int8.facts.graph, set, codeDigest(EVALUATING)];
  const found = products.find<Evaluation>('evaluation', inputs);
  if (found !== undefined) return { evaluation: found.facts, cached: true };
  const evaluation = await evaluateGraphs(float.bytes, int8.bytes, pictures, onPictures);
  products.keep('evaluation', inputs, { bytes: new Uint8Array(0), facts: evaluation });
  return { evaluation, cached: false };
}
