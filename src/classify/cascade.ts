/**
 * Which stage of a cascade answers. Pure: what stages said in, what to do next out.
 */
export interface StageRule {
  readonly threshold: number;
  readonly temperature: number;
}

/** What a stage that was asked came to. */
export type StageOutcome =
  | { readonly kind: 'scores'; readonly confidence: number }
  /** `passes`: a stage after it may do better, as it may not with a damaged picture. */
  | { readonly kind: 'failed'; readonly passes: boolean };

/** Stages count from 0. */
export type Step =
  | { readonly next: 'ask'; readonly stage: number }
  /** `failed`: a stage that was asked and could not say anything. */
  | { readonly next: 'answer'; readonly stage: number; readonly failed: number | undefined }
  /** No stage has an answer: the caller hears of the first one's failure. */
  | { readonly next: 'fail'; readonly stage: 0 };

/**
 * Stages are asked in order; one that is sure enough answers, and the last one answers always.
 * A failure ends the climb once there is an answer: the one so far is the best that there is.
 */
export function chooseStep(rules: readonly StageRule[], outcomes: readonly StageOutcome[]): Step {
  const stage = outcomes.length - 1;
  const latest = outcomes[stage];
  if (latest === undefined) return { next: 'ask', stage: 0 };
  const more = outcomes.length < rules.length;
  const best = outcomes.findLastIndex(({ kind }) => kind === 'scores');
  if (latest.kind === 'scores') {
    const sure = isSure(rules[stage], latest.confidence);
    if (more && !sure) return { next: 'ask', stage: outcomes.length };
    return { next: 'answer', stage, failed: firstFailed(outcomes) };
  }
  if (best >= 0) return { next: 'answer', stage: best, failed: stage };
  return latest.passes && more
    ? { next: 'ask', stage: outcomes.length }
    : { next: 'fail', stage: 0 };
}

/** A threshold of 1 is never reached: softmax rounds to 1 for what is merely very likely. */
function isSure(rule: StageRule | undefined, confidence: number): boolean {
  return rule !== undefined && rule.threshold < 1 && confidence >= rule.threshold;
}

function firstFailed(outcomes: readonly StageOutcome[]): number | undefined {
  const at = outcomes.findIndex(({ kind }) => kind === 'failed');
  return at < 0 ? undefined : at;
}

/**
 * max softmax(logits / temperature), 1 / classes to 1: Guo, Pleiss, Sun, Weinberger, "On
 * Calibration of Modern Neural Networks", ICML 2017, equation 9. At least one logit, all finite.
 */
export function confidenceOf(logits: Float32Array, temperature: number): number {
  let max = Number.NEGATIVE_INFINITY;
  for (const logit of logits) if (logit > max) max = logit;
  let sum = 0;
  for (const logit of logits) sum += Math.exp((logit - max) / temperature);
  return 1 / sum;
}
