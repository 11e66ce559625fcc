import type { ResultEntry, ResultKey } from '../cache/entry.ts';
import type { ResultCache } from '../cache/layered.ts';
import type { Digest } from '../digest.ts';
import { sha256 } from '../digest.ts';
import type { EngineFailure } from '../engine/engine.ts';
import type { ImageDecoder, ImageFailure, ImageHeader } from '../image/image.ts';
import { inspectImage, normalise, normalised, preprocessId } from '../image/image.ts';
import type { ModelCard } from '../model/card.ts';
import type { ModelFailure } from '../model/failure.ts';
import type { FoundModel, Models, ReadyModel } from '../model/models.ts';
import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { OverloadedFailure, Reservations } from './reservations.ts';

export interface CacheWish {
  readonly read: boolean;
  readonly write: boolean;
  readonly only: boolean;
}

/** Where a question comes from. */
export interface Asker {
  /** Whose kept answers may be seen: '' is everybody's. */
  readonly scope: string;
  /** Takes work that may end after the answer, such as keeping it in a slow tier. */
  background(work: Promise<void>): void;
}

export interface Wish extends Asker {
  /** A name, `name@sha256:<digest>` or a digest. */
  readonly model: string;
  readonly cache: CacheWish;
}

export interface PictureFacts {
  readonly sha256: Digest;
  /** After EXIF orientation. */
  readonly width: number;
  readonly height: number;
  readonly format: string;
}

/** Everything known about a picture under a model; views and dialects are made from it. */
export interface Answer {
  readonly card: ModelCard;
  readonly image: PictureFacts;
  /** One per class, before softmax. */
  readonly logits: Float32Array;
  readonly engine: string;
  readonly place: string;
  readonly cache: CacheOutcome;
}

export type CacheOutcome =
  | { readonly status: 'hit'; readonly key: ResultKey['kind']; readonly tier: string }
  | { readonly status: 'miss' | 'bypass'; readonly stored: boolean };

export type ClassifyFailure =
  | ImageFailure
  | ModelFailure
  | EngineFailure
  | OverloadedFailure
  | { readonly code: 'not_cached' };

export interface Classifier {
  /** The one way from a picture's bytes to its scores; every entrance calls it. */
  classify(bytes: Uint8Array, wish: Wish): Promise<Result<Answer, ClassifyFailure>>;
  /** The kept answer for a picture known by its hash; undefined if there is none. */
  kept(
    picture: Digest,
    model: string,
    from: Asker,
  ): Promise<Result<Answer | undefined, ModelFailure>>;
}

export interface ClassifyRooms {
  readonly models: Models;
  readonly decoder: ImageDecoder;
  readonly results: ResultCache;
  /** Memory for decoding: a picture's reservation is taken before its decoder is touched. */
  readonly memory: Reservations;
  /** Where this runs, for answers. */
  readonly place: string;
}

/** What one request carries from step to step. */
interface Case {
  readonly bytes: Uint8Array;
  readonly picture: Digest;
  readonly model: FoundModel;
  readonly wish: Wish;
}

export function createClassifier(rooms: ClassifyRooms): Classifier {
  async function classify(bytes: Uint8Array, wish: Wish): Promise<Result<Answer, ClassifyFailure>> {
    if (bytes.length === 0) return fail({ code: 'empty' });
    const model = await rooms.models.find(wish.model);
    if (!model.ok) return model;
    const picture = await sha256(bytes);
    if (wish.cache.read || wish.cache.only) {
      const kept = await keptAnswer(rooms, model.value.card, picture, wish);
      if (kept !== undefined) return ok(kept);
    }
    if (wish.cache.only) return fail({ code: 'not_cached' });
    return classifyPixels(rooms, { bytes, picture, model: model.value, wish });
  }

  async function kept(
    picture: Digest,
    model: string,
    from: Asker,
  ): Promise<Result<Answer | undefined, ModelFailure>> {
    const found = await rooms.models.find(model);
    if (!found.ok) return found;
    return ok(await keptAnswer(rooms, found.value.card, picture, from));
  }

  return { classify, kept };
}

async function keptAnswer(
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
    cache: { status: 'hit', key: 'picture', tier },
  };
}

async function classifyPixels(
  rooms: ClassifyRooms,
  given: Case,
): Promise<Result<Answer, ClassifyFailure>> {
  const { picture, wish } = given;
  const { card } = given.model;
  const header = inspectImage(given.bytes);
  if (!header.ok) return header;
  const pixels = await samplePixels(rooms, given, header.value);
  if (!pixels.ok) return pixels;
  const { width, height, format } = header.value;
  const image = { sha256: picture, width, height, format };

  const tensorKey = await keyOf('tensor', await sha256(pixels.value), card, wish.scope);
  const hit = wish.cache.read
    ? await rooms.results.find(tensorKey, card.classes, wish.background)
    : undefined;
  if (hit !== undefined) {
    const { scores, engine, place } = hit.entry;
    const answer = { card, image, logits: scores, engine, place };
    if (wish.cache.write) wish.background(keep(rooms, answer, undefined, wish.scope));
    return ok({ ...answer, cache: { status: 'hit', key: 'tensor', tier: hit.tier } });
  }
  return infer(rooms, given, pixels.value, image, tensorKey);
}

async function samplePixels(
  rooms: ClassifyRooms,
  given: Case,
  header: ImageHeader,
): Promise<Result<Uint8Array, ClassifyFailure>> {
  const { memory, decoder } = rooms;
  // A picture that could never be decoded here is refused by the decoder, before it takes anything.
  const reservation = await memory.take(Math.min(header.decodeBytes, memory.bytesMax));
  if (!reservation.ok) return reservation;
  try {
    return await decoder.sample(given.bytes, header, given.model.card.preprocess, memory.bytesMax);
  } finally {
    reservation.value();
  }
}

async function infer(
  rooms: ClassifyRooms,
  given: Case,
  pixels: Uint8Array,
  image: PictureFacts,
  tensorKey: ResultKey,
): Promise<Result<Answer, ClassifyFailure>> {
  const { model, wish } = given;
  const { card } = model;
  const ready = await rooms.models.session(model);
  if (!ready.ok) return ready;
  if (ready.value.card.graph !== card.graph) {
    // The newest graph is damaged and the last good one serves: its answers carry its own digest.
    ready.value.release();
    return classifyPixels(rooms, { ...given, model: { card: ready.value.card, by: 'digest' } });
  }
  try {
    const scores = await runOn(ready.value, pixels, card.preprocess);
    if (!scores.ok) return scores;
    const answer = {
      card,
      image,
      logits: scores.value,
      engine: ready.value.engine,
      place: rooms.place,
    };
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
): ReturnType<ReadyModel['run']> {
  const { height, width } = preprocess.crop;
  const shape = [1, 3, height, width] as const;
  if (model.runBytes === undefined)
    return model.run({ data: normalise(pixels, preprocess), shape });
  return model.runBytes({ bytes: pixels, channels: normalised(preprocess), shape });
}

/** Under the picture's hash and, where its pixels were new as well, under the tensor's. */
async function keep(
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

async function keyOf(
  kind: ResultKey['kind'],
  hash: Digest,
  card: ModelCard,
  scope: string,
): Promise<ResultKey> {
  const preprocessing = await preprocessId(card.preprocess);
  return { kind, sha256: hash, graph: card.graph, preprocessing, scope };
}
