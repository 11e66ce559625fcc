import { chooseStep, type StageOutcome } from '../../../src/classify/cascade.ts';
import { LEVELS_MAX, SETTINGS_MAX } from './limits.ts';

/** What a stage makes of each picture, and what asking it costs. */
export interface JudgedStage {
  readonly confidences: readonly number[];
  readonly right: readonly boolean[];
  readonly macs: number;
}

/** One setting of the thresholds over all pictures. */
export interface CurvePoint {
  /** One a stage; the last one's is 0. */
  readonly thresholds: readonly number[];
  readonly right: number;
  readonly meanMacs: number;
  /** Standard error of that mean: other pictures will cost a little more or less. */
  readonly errorMacs: number;
  /** Pictures that each stage answered. */
  readonly answered: readonly number[];
}

/** Every setting of thresholds out of what stages were sure of, in order of the mean cost. */
export function curveOf(stages: readonly JudgedStage[]): CurvePoint[] {
  const free = stages.length - 1;
  const levels = Math.min(LEVELS_MAX, Math.floor(SETTINGS_MAX ** (1 / free)));
  let settings: number[][] = [[]];
  for (const stage of stages.slice(0, free)) {
    const tried = levelsOf(stage.confidences, levels);
    settings = settings.flatMap((before) => tried.map((level) => [...before, level]));
  }
  const points = settings.map((thresholds) => measureAt(stages, [...thresholds, 0]));
  return points.toSorted((a, b) => a.meanMacs - b.meanMacs || b.right - a.right);
}

/** What the served decision does at these thresholds, picture by picture. */
export function measureAt(
  stages: readonly JudgedStage[],
  thresholds: readonly number[],
): CurvePoint {
  const rules = thresholds.map((threshold) => ({ threshold, temperature: 1 }));
  const pictures = stages[0]!.confidences.length;
  const answered = stages.map(() => 0);
  let [right, sum, squares] = [0, 0, 0];
  for (let i = 0; i < pictures; i++) {
    const outcomes: StageOutcome[] = [];
    let macs = 0;
    let step = chooseStep(rules, outcomes);
    while (step.next === 'ask') {
      const asked = stages[step.stage]!;
      macs += asked.macs;
      outcomes.push({ kind: 'scores', confidence: asked.confidences[i]! });
      step = chooseStep(rules, outcomes);
    }
    answered[step.stage]!++;
    if (stages[step.stage]!.right[i]) right++;
    sum += macs;
    squares += macs ** 2;
  }
  const meanMacs = sum / pictures;
  const variance = Math.max(0, squares / pictures - meanMacs ** 2);
  return { thresholds, right, meanMacs, errorMacs: Math.sqrt(variance / pictures), answered };
}

/** Points that no other beats at once in cost and in pictures right. */
export function frontierOf(curve: readonly CurvePoint[]): CurvePoint[] {
  let most = -1;
  return curve.filter(({ right }) => {
    if (right <= most) return false;
    most = right;
    return true;
  });
}

/**
 * Of the points within a budget the most right; among equals the costlier, more careful one. Within
 * means by two standard errors: as many other pictures, which vary as much themselves, then keep to
 * it in 92 cases of 100.
 */
export function chooseWithin(
  curve: readonly CurvePoint[],
  macsMax: number,
): CurvePoint | undefined {
  let best: CurvePoint | undefined;
  for (const point of curve) {
    if (point.meanMacs + 2 * point.errorMacs > macsMax) continue;
    if (best === undefined || point.right >= best.right) best = point;
  }
  return best;
}

/** Four digits, as the card will have them; 0 is always and 1 is never. */
function levelsOf(confidences: readonly number[], levels: number): number[] {
  const sorted = confidences.toSorted((a, b) => a - b);
  const chosen = new Set([0, 1]);
  for (let k = 0; k < levels - 2; k++) {
    const at = Math.floor((k * (sorted.length - 1)) / Math.max(1, levels - 3));
    chosen.add(Math.round(sorted[at]! * 1e4) / 1e4);
  }
  return [...chosen];
}
