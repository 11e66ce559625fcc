import { confidenceOf } from '../../../src/classify/cascade.ts';

/** Wide enough for any network whose logits are of a usual size; the ends say that it was not. */
const [TEMPERATURE_MIN, TEMPERATURE_MAX] = [0.05, 20] as const;

/** Each step keeps 0.618 of the interval: 400 to 1 shrinks to a ratio of 1.0003. */
const STEPS = 21;

/**
 * The temperature under which labels are likeliest: least mean negative log-likelihood of
 * softmax(logits / temperature), Guo et al., ICML 2017, section 4.2. It is convex in
 * 1 / temperature, so it has one minimum, which golden-section search over the logarithm finds.
 */
export function fitTemperature(logits: readonly Float32Array[], labels: readonly number[]): number {
  const cost = (log: number): number => meanNll(logits, labels, Math.exp(log));
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(TEMPERATURE_MIN), Math.log(TEMPERATURE_MAX)];
  let [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
  let [atLeft, atRight] = [cost(left), cost(right)];
  for (let step = 0; step < STEPS; step++) {
    if (atLeft <= atRight) {
      [high, right, atRight] = [right, left, atLeft];
      left = high - ratio * (high - low);
      atLeft = cost(left);
    } else {
      [low, left, atLeft] = [left, right, atRight];
      right = low + ratio * (high - low);
      atRight = cost(right);
    }
  }
  return Math.exp((low + high) / 2);
}

/** Nats a picture. */
export function meanNll(
  logits: readonly Float32Array[],
  labels: readonly number[],
  temperature: number,
): number {
  let sum = 0;
  for (const [i, row] of logits.entries()) {
    let max = Number.NEGATIVE_INFINITY;
    for (const logit of row) if (logit > max) max = logit;
    // log softmax of the label = its distance from the largest + log of the largest's share.
    const label = row[labels[i]!]!;
    sum -= (label - max) / temperature + Math.log(confidenceOf(row, temperature));
  }
  return sum / logits.length;
}
