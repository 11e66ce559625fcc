/** exp(x - max) / sum, in double, stored as float32: mmpretrain's `pred_scores`. */
export function softmax(logits: Float32Array): Float32Array {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > max) max = logit;
  const scores = new Float32Array(logits.length);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - max);
  logits.forEach((logit, i) => {
    scores[i] = Math.exp(logit - max) / sum;
  });
  return scores;
}
