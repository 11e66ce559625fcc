import type { EngineFailure } from '../engine/engine.ts';
import { normalise } from '../image/normalise.ts';
import type { ModelCard } from '../model/card.ts';
import type { ModelFailure } from '../model/failure.ts';
import type { FoundModel } from '../model/models.ts';
import { fail, ok, type Result } from '../result.ts';
import { type DeadlineFailure, inTime, type Patience, tooLate } from './deadline.ts';
import { expectMs } from './queue.ts';
import type { OverloadedFailure } from './reservations.ts';
import type { Workplace } from './rooms.ts';

/** A batch that the caller has prepared itself; `batch` pictures, one after the other. */
export type PreparedBatch =
  /** Normalised, [batch, 3, height, width]. */
  | { readonly kind: 'tensor'; readonly numbers: Float32Array; readonly batch: number }
  /** RGB of 0 to 255 at the card's crop, [batch, height, width, 3]. */
  | { readonly kind: 'pixels'; readonly bytes: Uint8Array; readonly batch: number };

export interface BatchScores {
  /** Whose graph answered: that of the last good one where the newest is damaged. */
  readonly card: ModelCard;
  readonly engine: string;
  /** Logits, [batch, classes]. */
  readonly scores: Float32Array;
}

type Inferred = Result<
  BatchScores,
  ModelFailure | EngineFailure | DeadlineFailure | OverloadedFailure
>;

/**
 * Inference alone, for callers that prepare tensors themselves. Nothing is kept: a picture's hash
 * is not known here. Pictures run one by one, since a graph at the edge takes one.
 */
export function inferBatch(
  rooms: Pick<Workplace, 'models' | 'queue' | 'turns' | 'clock'>,
  model: FoundModel,
  given: PreparedBatch,
  wait: Patience,
): Promise<Inferred> {
  const { deadlineMsEpoch = Number.POSITIVE_INFINITY } = wait;
  if (tooLate(rooms.clock, deadlineMsEpoch)) {
    return Promise.resolve(fail({ code: 'deadline_exceeded' }));
  }
  const entered = rooms.queue.enter(model.card, deadlineMsEpoch - rooms.clock(), given.batch);
  if (!entered.ok) return Promise.resolve(entered);
  const all = inferAll(rooms, model, given, deadlineMsEpoch).finally(entered.value);
  return inTime(rooms.clock, wait, all);
}

async function inferAll(
  { models, turns, clock }: Pick<Workplace, 'models' | 'turns' | 'clock'>,
  model: FoundModel,
  given: PreparedBatch,
  deadlineMsEpoch: number,
): Promise<Inferred> {
  const ready = await models.session(model);
  if (!ready.ok) return ready;
  const { card, engine } = ready.value;
  const { height, width } = card.preprocess.crop;
  const scores = new Float32Array(given.batch * card.classes);
  try {
    for (let i = 0; i < given.batch; i++) {
      await turns.next(expectMs(card));
      if (tooLate(clock, deadlineMsEpoch)) return fail({ code: 'deadline_exceeded' });
      const data = pictureOf(given, i, card);
      const tensor = { data, shape: [1, 3, height, width] } as const;
      const ran = await ready.value.run(tensor, deadlineMsEpoch);
      if (!ran.ok) return ran;
      if (ran.value.some((score) => !Number.isFinite(score))) {
        return fail({ code: 'engine_failed', reason: 'a score is not finite' });
      }
      scores.set(ran.value, i * card.classes);
    }
    return ok({ card, engine, scores });
  } finally {
    ready.value.release();
  }
}

function pictureOf(given: PreparedBatch, index: number, card: ModelCard): Float32Array {
  if (given.kind === 'tensor') {
    const length = given.numbers.length / given.batch;
    return given.numbers.subarray(index * length, (index + 1) * length);
  }
  const length = given.bytes.length / given.batch;
  const pixels = given.bytes.subarray(index * length, (index + 1) * length);
  return normalise(pixels, card.preprocess);
}
