import type { PictureSet } from '../pictures/picture-set.ts';

/** What a graph's logits say against the labels and against the float graph's logits. */
export interface Comparison {
  readonly pictures: number;
  readonly top1: number;
  readonly top5: number;
  /** Pictures on which both graphs name the same class. */
  readonly agree: number;
  /** Signal-to-noise ratio of the logits in dB; Infinity where both are the same. */
  readonly snrDb: number;
  /** Mean Kullback-Leibler divergence of the two answers' probabilities, in nats. */
  readonly divergence: number;
}

export function compareLogits(
  logits: readonly Float32Array[],
  reference: readonly Float32Array[],
  pictures: PictureSet,
): Comparison {
  let [top1, top5, agree, signal, noise, divergence] = [0, 0, 0, 0, 0, 0];
  for (const [i, values] of logits.entries()) {
    const truth = pictures.label(i);
    const expected = reference[i]!;
    const rank = truth === undefined ? Infinity : rankOf(values, truth);
    if (rank < 1) top1++;
    if (rank < 5) top5++;
    if (argMax(values) === argMax(expected)) agree++;
    divergence += divergenceOf(expected, values) / logits.length;
    for (const [k, value] of values.entries()) {
      signal += expected[k]! ** 2;
      noise += (value - expected[k]!) ** 2;
    }
  }
  const snrDb = 10 * Math.log10(signal / noise);
  return { pictures: logits.length, top1, top5, agree, snrDb, divergence };
}

/** Index of the largest value, the first among equals. */
export function argMax(values: Float32Array): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

/** Classes that come before `index`: larger ones, and equal ones of a lower index. */
function rankOf(values: Float32Array, index: number): number {
  let rank = 0;
  for (const [i, value] of values.entries()) {
    if (value > values[index]! || (value === values[index]! && i < index)) rank++;
  }
  return rank;
}

/** KL(softmax(expected) || softmax(values)). */
function divergenceOf(expected: Float32Array, values: Float32Array): number {
  const [p, q] = [logSoftmax(expected), logSoftmax(values)];
  let sum = 0;
  for (const [i, log] of p.entries()) sum += Math.exp(log) * (log - q[i]!);
  return sum;
}

function logSoftmax(values: Float32Array): Float64Array {
  const largest = values[argMax(values)]!;
  let sum = 0;
  for (const value of values) sum += Math.exp(value - largest);
  const shift = largest + Math.log(sum);
  return Float64Array.from(values, (value) => value - shift);
}
