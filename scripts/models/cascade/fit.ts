import { confidenceOf } from '../../../src/classify/cascade.ts';
import { argMax } from '../evaluate/compare.ts';
import {
  type CurvePoint,
  chooseWithin,
  curveOf,
  frontierOf,
  type JudgedStage,
  measureAt,
} from './curve.ts';
import { fitTemperature, meanNll } from './fit-temperature.ts';

/** A stage over all pictures, and the products of one of its inferences. */
export interface StageData {
  readonly model: string;
  readonly macs: number;
  readonly logits: readonly Float32Array[];
}

export interface FittedStage {
  readonly model: string;
  readonly macs: number;
  readonly threshold: number;
  readonly temperature: number;
  /** Nats a picture on the half that was not fitted, at temperature 1 and at the fitted one. */
  readonly nll: { readonly plain: number; readonly scaled: number };
  /** Of the test half, by this stage alone. */
  readonly rightAlone: number;
}

export interface FittedCascade {
  readonly stages: readonly FittedStage[];
  readonly pictures: { readonly fitted: number; readonly tested: number };
  /** At the thresholds that were chosen: on the half that chose them, and on the other. */
  readonly fitted: CurvePoint;
  readonly tested: CurvePoint;
  /** What the last stage alone gets right. */
  readonly last: { readonly fitted: number; readonly tested: number };
  /** The best settings by the fitted half, and what each comes to on the other. */
  readonly curve: ReadonlyArray<{ readonly fitted: CurvePoint; readonly tested: CurvePoint }>;
}

/**
 * Fits temperatures, then thresholds within `budget` (a share of the last stage's products), on
 * every second picture from the first, and tests on the others. At least two pictures.
 * Undefined where no setting keeps the budget: the first stage alone is beyond it.
 */
export function fitCascade(
  stages: readonly StageData[],
  labels: readonly number[],
  budget: number,
): FittedCascade | undefined {
  const fitHalf = labels.map((_, i) => i).filter((i) => i % 2 === 0);
  const testHalf = labels.map((_, i) => i).filter((i) => i % 2 === 1);
  const temperatures = stages.map(({ logits }) => {
    const fitted = fitTemperature(pick(logits, fitHalf), pick(labels, fitHalf));
    return Math.round(fitted * 1000) / 1000;
  });
  const judged = (half: readonly number[]): JudgedStage[] =>
    stages.map((stage, s) => judge(stage, labels, half, temperatures[s]!));
  const [onFit, onTest] = [judged(fitHalf), judged(testHalf)];
  const curve = curveOf(onFit);
  const chosen = chooseWithin(curve, budget * stages.at(-1)!.macs);
  if (chosen === undefined) return undefined;
  return {
    stages: stages.map(({ model, macs, logits }, s) => ({
      model,
      macs,
      threshold: chosen.thresholds[s]!,
      temperature: temperatures[s]!,
      nll: {
        plain: meanNll(pick(logits, testHalf), pick(labels, testHalf), 1),
        scaled: meanNll(pick(logits, testHalf), pick(labels, testHalf), temperatures[s]!),
      },
      rightAlone: countRight(onTest[s]!),
    })),
    pictures: { fitted: fitHalf.length, tested: testHalf.length },
    fitted: chosen,
    tested: measureAt(onTest, chosen.thresholds),
    last: { fitted: countRight(onFit.at(-1)!), tested: countRight(onTest.at(-1)!) },
    curve: shownOf(curve, stages.length).map((fitted) => {
      return { fitted, tested: measureAt(onTest, fitted.thresholds) };
    }),
  };
}

/** Of two stages every setting; of more only what is worth choosing, or it is a cloud. */
function shownOf(curve: readonly CurvePoint[], stages: number): readonly CurvePoint[] {
  return stages === 2 ? curve : frontierOf(curve);
}

function judge(
  { logits, macs }: StageData,
  labels: readonly number[],
  half: readonly number[],
  temperature: number,
): JudgedStage {
  return {
    macs,
    confidences: half.map((i) => confidenceOf(logits[i]!, temperature)),
    right: half.map((i) => argMax(logits[i]!) === labels[i]),
  };
}

function countRight({ right }: JudgedStage): number {
  return right.filter(Boolean).length;
}

function pick<T>(values: readonly T[], indices: readonly number[]): T[] {
  return indices.map((i) => values[i]!);
}
