import type { Answer } from '../classify/answer.ts';
import type { Cost } from '../classify/cost.ts';
import { costOf } from '../classify/cost.ts';
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
  const { cache } = answer;
  const cost = costOf(answer.card, answer.engine, cache.status !== 'hit');
  return {
    engine: answer.engine,
    place: answer.place,
    because: answer.because,
    cache: cache.status,
    ...(cache.status === 'hit' ? { cache_key: cache.key } : {}),
    ...(cost === undefined ? {} : { cost }),
  };
}

/** Cache-Status (RFC 9211): `hit`, or forwarded because of a miss or of the request's own wish. */
export function toCacheStatus(answer: Answer): string {
  const { cache } = answer;
  if (cache.status === 'hit') return `razorbill; hit; key="${cache.key}"; detail=${cache.tier}`;
  const reason = cache.status === 'bypass' ? 'request' : 'miss';
  return `razorbill; fwd=${reason}${cache.stored ? '; stored' : ''}`;
}
