import type { ResultEntry, ResultKey } from '../cache/entry.ts';
import type { Digest } from '../digest.ts';
import { preprocessId } from '../image/image.ts';
import type { ModelCard } from '../model/card.ts';
import type { Answer, Asker } from './answer.ts';
import { confidenceOf } from './cascade.ts';
import type { Cascade } from './cascade-stages.ts';
import type { ClassifyRooms } from './rooms.ts';

/** The kept answer for a picture's exact bytes. */
export async function findKept(
  rooms: ClassifyRooms,
  card: ModelCard,
  picture: Digest,
  from: Asker,
): Promise<Answer | undefined> {
  const key = await keyOf('picture', picture, card, from.scope);
  const hit = await rooms.results.find(key, card.classes, from.background);
  if (hit === undefined) return undefined;
  const { entry, tier } = hit;
  return {
    card,
    image: entry.image,
    logits: entry.scores,
    engine: entry.engine,
    place: entry.place,
    because: 'kept',
    cache: { status: 'hit', key: 'picture', tier },
  };
}

/** What a cascade said of a picture's exact bytes, as it is now: stages, thresholds and all. */
export async function findKeptCascaded(
  rooms: ClassifyRooms,
  { card, stages, identity }: Cascade,
  picture: Digest,
  from: Asker,
): Promise<Answer | undefined> {
  if (identity === undefined) return undefined;
  const key = { ...(await keyOf('picture', picture, card, from.scope)), cascade: identity };
  const hit = await rooms.results.find(key, card.classes, from.background);
  const spoke = stages[(hit?.entry.stage ?? 0) - 1];
  if (hit === undefined || !spoke?.model.ok) return undefined;
  const { entry, tier } = hit;
  return {
    card: spoke.model.value.card,
    image: entry.image,
    logits: entry.scores,
    engine: entry.engine,
    place: entry.place,
    because: 'kept',
    cache: { status: 'hit', key: 'picture', tier },
    cascade: {
      stage: entry.stage ?? 0,
      stages: stages.length,
      confidence: confidenceOf(entry.scores, spoke.temperature),
      earlier: [],
    },
  };
}

/** Not what a failed stage left behind, nor what an older graph stood in for. */
export async function keepCascaded(
  rooms: ClassifyRooms,
  { card, stages, identity }: Cascade,
  answer: Answer,
  scope: string,
): Promise<void> {
  const { cascade, image } = answer;
  if (identity === undefined || cascade === undefined || cascade.failed !== undefined) return;
  const ran = [...cascade.earlier, answer];
  const sound = ran.every(({ card: used }, i) => {
    const model = stages[i]?.model;
    return model?.ok === true && model.value.card.graph === used.graph;
  });
  if (!sound) return;
  const key = { ...(await keyOf('picture', image.sha256, card, scope)), cascade: identity };
  await rooms.results.tryKeep({ ...toEntry(answer), stage: cascade.stage, key });
}

function toEntry(answer: Omit<Answer, 'cache'>): Omit<ResultEntry, 'key'> {
  const { logits: scores, image, engine, place, card } = answer;
  return { scores, image, engine, place, model: card.name };
}

/** Under the picture's hash and, where its pixels were new as well, under the tensor's. */
export async function keep(
  rooms: ClassifyRooms,
  answer: Omit<Answer, 'cache'>,
  tensorKey: ResultKey | undefined,
  scope: string,
): Promise<void> {
  const key = await keyOf('picture', answer.image.sha256, answer.card, scope);
  const entry = toEntry(answer);
  await rooms.results.tryKeep({ ...entry, key });
  if (tensorKey !== undefined) await rooms.results.tryKeep({ ...entry, key: tensorKey });
}

export async function keyOf(
  kind: ResultKey['kind'],
  hash: Digest,
  card: ModelCard,
  scope: string,
): Promise<ResultKey> {
  const preprocessing = await preprocessId(card.preprocess);
  return { kind, sha256: hash, graph: card.graph, preprocessing, scope };
}
