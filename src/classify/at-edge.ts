import type { ResultKey } from '../cache/entry.ts';
import { sha256 } from '../digest.ts';
import { type ImageHeader, normalise, normalised } from '../image/image.ts';
import type { ModelCard } from '../model/card.ts';
import type { ReadyModel } from '../model/models.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Answer, ClassifyFailure, PictureFacts } from './answer.ts';
import { tooLate } from './deadline.ts';
import { keep, keyOf } from './keep.ts';
import type { EdgeReason } from './placement.ts';
import { expectMs } from './queue.ts';
import type { Case, Workplace } from './rooms.ts';

/** Decodes, looks for pixels that were seen before, and infers, all in this isolate. */
export async function classifyAtEdge(
  rooms: Workplace,
  given: Case,
  header: ImageHeader,
  because: EdgeReason,
): Promise<Result<Answer, ClassifyFailure>> {
  const entered = rooms.queue.enter(given.model.card, given.deadlineMsEpoch - rooms.clock());
  if (!entered.ok) return entered;
  try {
    return await classifyPixels(rooms, given, header, because);
  } finally {
    entered.value();
  }
}

async function classifyPixels(
  rooms: Workplace,
  given: Case,
  header: ImageHeader,
  because: EdgeReason,
): Promise<Result<Answer, ClassifyFailure>> {
  const { picture, wish } = given;
  const { card } = given.model;
  const pixels = await samplePixels(rooms, given, header);
  if (!pixels.ok) return pixels;
  const { width, height, format } = header;
  const image = { sha256: picture, width, height, format };

  const tensorKey = await keyOf('tensor', await sha256(pixels.value), card, wish.scope);
  const hit = wish.cache.read
    ? await rooms.results.find(tensorKey, card.classes, wish.background)
    : undefined;
  if (hit !== undefined) {
    const { scores, engine, place } = hit.entry;
    const answer = { card, image, logits: scores, engine, place, because: 'kept' } as const;
    if (wish.cache.write) wish.background(keep(rooms, answer, undefined, wish.scope));
    return ok({ ...answer, cache: { status: 'hit', key: 'tensor', tier: hit.tier } });
  }
  return infer(rooms, given, { pixels: pixels.value, header, image, tensorKey, because });
}

/** The pixels that the model sees: RGB at the card's crop. */
export async function samplePixels(
  rooms: Workplace,
  given: Case,
  header: ImageHeader,
): Promise<Result<Uint8Array, ClassifyFailure>> {
  const { memory, decoder } = rooms;
  // A picture that could never be decoded here is refused by the decoder, before it takes anything.
  const reservation = await memory.take(Math.min(header.decodeBytes, memory.bytesMax));
  if (!reservation.ok) return reservation;
  try {
    await rooms.turns.next(expectMs(given.model.card));
    if (tooLate(rooms.clock, given.deadlineMsEpoch)) return fail({ code: 'deadline_exceeded' });
    return await decoder.sample(given.bytes, header, given.model.card.preprocess, memory.bytesMax);
  } finally {
    reservation.value();
  }
}

interface Sampled {
  readonly pixels: Uint8Array;
  readonly header: ImageHeader;
  readonly image: PictureFacts;
  readonly tensorKey: ResultKey;
  readonly because: EdgeReason;
}

async function infer(
  rooms: Workplace,
  given: Case,
  { pixels, header, image, tensorKey, because }: Sampled,
): Promise<Result<Answer, ClassifyFailure>> {
  const { model, wish } = given;
  const { card } = model;
  const ready = await rooms.models.session(model);
  if (!ready.ok) return ready;
  if (ready.value.card.graph !== card.graph) {
    // The newest graph is damaged and the last good one serves: its answers carry its own digest.
    ready.value.release();
    const standIn = { card: ready.value.card, by: 'digest' } as const;
    return classifyPixels(rooms, { ...given, model: standIn }, header, because);
  }
  try {
    await rooms.turns.next(expectMs(card));
    if (tooLate(rooms.clock, given.deadlineMsEpoch)) return fail({ code: 'deadline_exceeded' });
    const scores = await runOn(ready.value, pixels, card.preprocess, given.deadlineMsEpoch);
    if (!scores.ok) return scores;
    const { engine } = ready.value;
    const answer = { card, image, logits: scores.value, engine, place: rooms.place, because };
    if (wish.cache.write) wish.background(keep(rooms, answer, tensorKey, wish.scope));
    const status = wish.cache.read ? 'miss' : 'bypass';
    return ok({ ...answer, cache: { status, stored: wish.cache.write } });
  } finally {
    ready.value.release();
  }
}

/** As bytes where the engine takes them: no float tensor is made then. */
function runOn(
  model: ReadyModel,
  pixels: Uint8Array,
  preprocess: ModelCard['preprocess'],
  deadlineMsEpoch: number,
): ReturnType<ReadyModel['run']> {
  const { height, width } = preprocess.crop;
  const shape = [1, 3, height, width] as const;
  if (model.runBytes === undefined) {
    return model.run({ data: normalise(pixels, preprocess), shape }, deadlineMsEpoch);
  }
  return model.runBytes({ bytes: pixels, channels: normalised(preprocess), shape });
}
