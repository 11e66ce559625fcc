import type { LabelList } from '../../../src/model/labels.ts';
import { labelListSchema } from '../../../src/model/labels.ts';
import type { Publication } from '../../../src/model/publish.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import type { Method } from '../calibrate/range.ts';
import type { Evaluation } from '../evaluate/evaluate.ts';
import { type LockFailure, withLock } from '../pull/lock.ts';
import {
  type PulledWeights,
  type PullOptions,
  type PullWeightsFailure,
  pullWeights,
} from '../pull/pull.ts';
import { toCard } from './added-card.ts';
import { keepReady, modelFolder } from './added-model.ts';
import { toEvaluation } from './evaluation-stage.ts';
import { type FloatStage, type FloatStageFailure, toFloat } from './float-stage.ts';
import { type Int8Failure, type Int8Stage, toInt8 } from './int8-stage.ts';
import { fromNames } from './label-list.ts';
import {
  calibrationPictures,
  evaluationPictures,
  type PicturesFailure,
  type PicturesWish,
} from './pictures.ts';
import { openProducts, type Products } from './products.ts';
import type { OptionNeeded, Specification } from './specification.ts';

/** How the work tells of itself. */
export interface Reporter {
  /** A stage has ended. */
  say(line: string): void;
  progress(what: string, total: number): (done: number) => void;
}

export interface MakeOptions {
  readonly cache: string;
  readonly pull: PullOptions;
  /** Undefined: ranges without pictures. */
  readonly calibration: PicturesWish | undefined;
  /** Undefined: no figures on the card. */
  readonly evaluation: PicturesWish | undefined;
  readonly method: Method | undefined;
  readonly gates: boolean;
  readonly reporter: Reporter;
}

export interface Made extends Publication {
  readonly evaluation: Evaluation | undefined;
}

export type MakeFailure =
  | LockFailure
  | PullWeightsFailure
  | FloatStageFailure
  | Int8Failure
  | OptionNeeded
  | { readonly code: 'labels_mismatch'; readonly labels: number; readonly classes: number };

/**
 * From wherever its weights are to a card with its graph, ready to push. Each stage's product stays
 * in the cache under a digest of what it was made from: an interrupted run goes on at the stage
 * where it was, a repeated one finds them all. One run a model at a time.
 */
export function makeModel(
  specification: Specification,
  options: MakeOptions,
): Promise<Result<Made, MakeFailure>> {
  const folder = modelFolder(options.cache, specification.name);
  return withLock(folder, () => makeAlone(specification, options, openProducts(folder)));
}

async function makeAlone(
  specification: Specification,
  options: MakeOptions,
  products: Products,
): Promise<Result<Made, MakeFailure>> {
  const { cache, reporter } = options;
  const { name } = specification;
  const pulled = await pullWeights(specification.weights, name, cache, options.pull);
  if (!pulled.ok) return pulled;
  reporter.say(describePulled(pulled.value));
  const float = await toFloat(products, pulled.value.path, specification);
  if (!float.ok) return float;
  reporter.say(describeFloat(float.value));
  const labels = labelsOf(specification, float.value);
  if (!labels.ok) return labels;
  const int8 = await quantize(products, float.value, specification, options);
  if (!int8.ok) return int8;
  reporter.say(describeInt8(int8.value));
  const evaluation = await evaluate(products, float.value, int8.value, specification, options);
  if (!evaluation.ok) return evaluation;
  const parts = { specification, labels: labels.value, float: float.value, int8: int8.value };
  const card = await toCard({ ...parts, evaluation: evaluation.value });
  const publication = { card, graph: int8.value.bytes, labels: labels.value };
  keepReady(cache, publication);
  return ok({ ...publication, evaluation: evaluation.value });
}

/** Those of the user or the entry, else the checkpoint's own. */
function labelsOf(
  { name, labels }: Specification,
  { facts }: FloatStage,
): Result<LabelList, MakeFailure> {
  const { classes, names } = facts;
  if (labels !== undefined) {
    if (labels.labels.length === classes) return ok(labels);
    return fail({ code: 'labels_mismatch', labels: labels.labels.length, classes });
  }
  const own = labelListSchema.safeParse(fromNames(names, name));
  if (own.success) return ok(own.data);
  const why = `the weights do not name their ${classes} classes`;
  return fail({ code: 'option_needed', option: '--labels', why });
}

async function quantize(
  products: Products,
  float: FloatStage,
  { preprocess }: Specification,
  { calibration, method, gates, reporter }: MakeOptions,
): Promise<Result<Int8Stage, Int8Failure>> {
  const { progress } = reporter;
  const wish = { preprocess, method, gates, progress };
  if (calibration === undefined) return toInt8(products, float, { ...wish, pictures: undefined });
  const pictures = calibrationPictures(calibration, preprocess);
  return pictures.ok ? toInt8(products, float, { ...wish, pictures: pictures.value }) : pictures;
}

async function evaluate(
  products: Products,
  float: FloatStage,
  int8: Int8Stage,
  { preprocess }: Specification,
  { evaluation, reporter }: MakeOptions,
): Promise<Result<Evaluation | undefined, PicturesFailure>> {
  if (evaluation === undefined) return ok(undefined);
  const pictures = evaluationPictures(evaluation, preprocess);
  if (!pictures.ok) return pictures;
  const done = await toEvaluation(products, float, int8, pictures.value, reporter.progress);
  if (!done.ok) return done;
  const { dataset, float: row } = done.value.evaluation;
  reporter.say(`evaluated   on ${row.pictures} pictures of ${dataset}${cached(done.value)}`);
  return ok(done.value.evaluation);
}

function describePulled({ path, verdict }: PulledWeights): string {
  if (verdict === undefined) return `weights     ${path}`;
  const { bytes, sha256, prefix } = verdict;
  const size = `${(bytes / 1e6).toFixed(1)} MB, sha256 ${sha256.slice(0, 16)}…`;
  if (prefix !== 'differs') return `weights     ${size}`;
  return `weights     ${size}: not the digits in its name; some published names are wrong`;
}

function describeFloat({ facts, bytes, cached: isCached }: FloatStage): string {
  const { depth, variant, style } = facts.architecture;
  const network = `ResNet-${depth} ${variant} (${style}), ${facts.classes} classes`;
  return `converted   ${network}, ${megabytes(bytes)} MB${cached({ cached: isCached })}`;
}

function describeInt8({ facts, bytes, cached: isCached }: Int8Stage): string {
  const { method, images, dataset } = facts.calibration;
  const ranges =
    images === 0
      ? `${method}: no pictures were given`
      : `${method} over ${images} pictures of ${dataset}`;
  return `quantized   int8 ${megabytes(bytes)} MB, ${ranges}${cached({ cached: isCached })}`;
}

function megabytes(bytes: Uint8Array): string {
  return (bytes.length / 1e6).toFixed(1);
}

function cached(stage: { readonly cached: boolean }): string {
  return stage.cached ? ' (kept)' : '';
}
