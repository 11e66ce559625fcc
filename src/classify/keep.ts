import type { ResultEntry, ResultKey } from '../cache/entry.ts';
import type { Digest } from '../digest.ts';
import { preprocessId } from '../image/image.ts';
import type { ModelCard } from '../model/card.ts';
import type { Answer, Asker } from './answer.ts';
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

/** Under the picture's hash and, where its pixels were new as well, under the tensor's. */
export async function keep(
  rooms: ClassifyRooms,
  answer: Omit<Answer, 'cache'>,
  tensorKey: ResultKey | undefined,
  scope: string,
): Promise<void> {
  const key = await keyOf('picture', answer.image.sha256, answer.card, scope);
  const entry: Omit<ResultEntry, 'key'> = {
    scores: answer.logits,
    image: answer.image,
    engine: answer.engine,
    place: answer.place,
    model: answer.card.name,
  };
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
