import { softmax } from './softmax.ts';

/**
 * What makes scores of logits. `softmax`: classes exclude each other, scores sum to 1. `sigmoid`,
 * 1 / (1 + exp(-x)): each class for itself. `none`: the logits as they are.
 */
export type ScoreFunction = 'softmax' | 'sigmoid' | 'none';

/** One score per class, as float32. */
export function applyScoreFunction(logits: Float32Array, how: ScoreFunction): Float32Array {
  if (how === 'softmax') return softmax(logits);
  return how === 'none' ? logits : logits.map((logit) => 1 / (1 + Math.exp(-logit)));
}
