import type { Answer, CascadeOutcome } from '../classify/answer.ts';
import type { Cost } from '../classify/cost.ts';
import { addCosts, costOf } from '../classify/cost.ts';
import type { Label, View, ViewWish } from '../classify/view.ts';
import { viewScores } from '../classify/view.ts';

/** A function of the kept entry and the view alone: equal questions have equal bytes. */
export interface PictureAnswer extends View {
  readonly model: string;
  readonly model_digest: string;
  readonly image: {
    readonly sha256: string;
    readonly width: number;
    readonly height: number;
    readonly format: string;
  };
  /** One for each class, before softmax; where they were asked for. */
  readonly logits?: readonly number[];
}

export interface AnswerWish extends ViewWish {
  readonly logits: boolean;
}

/** What happened this time. */
export interface Run {
  readonly engine: string;
  readonly place: string;
  /** Why it ran there. */
  readonly because: Answer['because'];
  readonly cache: 'hit' | 'miss' | 'bypass';
  /** Which of the two exact keys hit: the picture's bytes, or the pixels that the model sees. */
  readonly cache_key?: 'picture' | 'tensor';
  readonly cost?: Cost;
  /** Of a cascade: the stage that spoke, the first being 1, and how sure it is. */
  readonly stage?: { readonly number: number; readonly of: number; readonly confidence: number };
  /** A stage that was asked and could not answer: this is the best of the others. */
  readonly stage_failed?: {
    readonly number: number;
    readonly model: string;
    readonly code: string;
  };
}

export function toPictureAnswer(
  answer: Answer,
  labels: readonly Label[],
  wish: AnswerWish,
): PictureAnswer {
  const { card, image } = answer;
  return {
    model: card.name,
    model_digest: card.graph,
    image: {
      sha256: image.sha256,
      width: image.width,
      height: image.height,
      format: image.format,
    },
    ...viewScores(answer.logits, labels, wish),
    ...(wish.logits && { logits: [...answer.logits] }),
  };
}

export function toRun(answer: Answer): Run {
  const { cache, cascade } = answer;
  const ran = [answer, ...(cascade?.earlier ?? [])];
  const cost = addCosts(ran.map((run) => costOf(run.card, run.engine, run.cache.status !== 'hit')));
  return {
    engine: answer.engine,
    place: answer.place,
    because: answer.because,
    cache: cache.status,
    ...(cache.status === 'hit' ? { cache_key: cache.key } : {}),
    ...(cost === undefined ? {} : { cost }),
    ...(cascade === undefined ? {} : toStage(cascade)),
  };
}

function toStage(cascade: CascadeOutcome): Pick<Run, 'stage' | 'stage_failed'> {
  const { stage, stages, confidence, failed } = cascade;
  const spoke = { number: stage, of: stages, confidence: Number(confidence.toFixed(4)) };
  if (failed === undefined) return { stage: spoke };
  const { model, code } = failed;
  return { stage: spoke, stage_failed: { number: failed.stage, model, code } };
}

/** Cache-Status (RFC 9211): `hit`, or forwarded because of a miss or of the request's own wish. */
export function toCacheStatus(answer: Answer): string {
  const { cache } = answer;
  if (cache.status === 'hit') return `razorbill; hit; key="${cache.key}"; detail=${cache.tier}`;
  const reason = cache.status === 'bypass' ? 'request' : 'miss';
  return `razorbill; fwd=${reason}${cache.stored ? '; stored' : ''}`;
}
