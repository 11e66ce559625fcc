import { type ImageHeader, normalise } from '../image/image.ts';
import type { OriginFailure } from '../origin/failure.ts';
import type { Origin, OriginQuestion } from '../origin/origin.ts';
import { ok, type Result } from '../result.ts';
import type { Answer } from './answer.ts';
import { samplePixels } from './at-edge.ts';
import { keep } from './keep.ts';
import type { OriginReason } from './placement.ts';
import type { Case, Workplace } from './rooms.ts';

/** Asks the origin, and keeps what it said as an answer of this picture and graph. */
export async function classifyAtOrigin(
  rooms: Workplace,
  origin: Origin,
  given: Case,
  header: ImageHeader,
  because: OriginReason,
): Promise<Result<Answer, OriginFailure>> {
  const { model, picture, wish, bytes } = given;
  const { card } = model;
  const question: OriginQuestion = {
    model: card.name,
    graph: card.graph,
    classes: card.classes,
    picture: { bytes, sha256: picture },
    async tensor() {
      const pixels = await samplePixels(rooms, given, header);
      if (!pixels.ok) return pixels;
      const { height, width } = card.preprocess.crop;
      return ok({ data: normalise(pixels.value, card.preprocess), shape: [1, 3, height, width] });
    },
    deadlineMsEpoch: given.deadlineMsEpoch,
  };
  const asked = await origin.ask(question);
  if (!asked.ok) return asked;
  const { scores, engine } = asked.value;
  const { width, height, format } = header;
  const image = { sha256: picture, width, height, format };
  const answer = { card, image, logits: scores, engine, place: 'origin', because };
  if (wish.cache.write) wish.background(keep(rooms, answer, undefined, wish.scope));
  const status = wish.cache.read ? 'miss' : 'bypass';
  return ok({ ...answer, cache: { status, stored: wish.cache.write } });
}
