import type { ResultCache } from '../cache/layered.ts';
import type { Digest } from '../digest.ts';
import { sha256 } from '../digest.ts';
import { type ImageHeader, inspectImage } from '../image/image.ts';
import type { ModelFailure } from '../model/failure.ts';
import type { FoundModel } from '../model/models.ts';
import { isOriginsFault, type OriginFailure } from '../origin/failure.ts';
import type { Origin } from '../origin/origin.ts';
import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { Answer, Asker, ClassifyFailure, Wish } from './answer.ts';
import { classifyAtEdge } from './at-edge.ts';
import { classifyAtOrigin } from './at-origin.ts';
import { type Cascade, findCascade } from './cascade-stages.ts';
import { inTime, type Patience, tooLate } from './deadline.ts';
import { type BatchScores, inferBatch, type PreparedBatch } from './infer-tensor.ts';
import { findKept, findKeptCascaded, keepCascaded } from './keep.ts';
import { DEADLINE_MS, ORIGIN_RETRY_SECONDS } from './limits.ts';
import { choosePlacement, type OriginReason, type PlacementFacts } from './placement.ts';
import { createQueue } from './queue.ts';
import type { OverloadedFailure } from './reservations.ts';
import type { Case, ClassifyRooms, Workplace } from './rooms.ts';
import { runCascade } from './run-cascade.ts';

export interface Classifier {
  /** Where answers are kept, the nearest first: `isolate`, `datacentre`, `worldwide`. */
  readonly tiers: readonly string[];
  /** The same pipeline with the same memory and queue, over other kept answers. */
  over(results: ResultCache): Classifier;
  /** Why a picture would be refused now, whatever it shows; undefined where it would not. */
  overloaded(): OverloadedFailure | undefined;
  /** The one way from a picture's bytes to its scores; every entrance calls it. */
  classify(bytes: Uint8Array, wish: Wish): Promise<Result<Answer, ClassifyFailure>>;
  /** The logits of tensors that the caller has prepared; they stand in line with pictures. */
  infer(
    model: FoundModel,
    given: PreparedBatch,
    wait: Patience,
  ): Promise<Result<BatchScores, ClassifyFailure>>;
  /** The kept answer for a picture known by its hash; undefined if there is none. */
  kept(
    picture: Digest,
    model: string,
    from: Asker,
  ): Promise<Result<Answer | undefined, ModelFailure>>;
}

type Classified = Result<Answer, ClassifyFailure>;

interface LookedUp {
  readonly model: FoundModel;
  readonly cascade: Cascade | undefined;
  readonly picture: Digest;
  readonly kept: Answer | undefined;
}

export function createClassifier(given: ClassifyRooms): Classifier {
  return createOver({ ...given, queue: createQueue(given.queueMsMax) });
}

function createOver(rooms: Workplace): Classifier {
  async function classify(bytes: Uint8Array, wish: Wish): Promise<Classified> {
    if (bytes.length === 0) return fail({ code: 'empty' });
    const deadlineMsEpoch = wish.deadlineMsEpoch ?? rooms.clock() + DEADLINE_MS;
    const found = await inTime(rooms.clock, wish, lookUp(bytes, wish));
    if (!found.ok) return found;
    const { model, cascade, picture, kept: known } = found.value;
    if (known !== undefined) return ok(known);
    if (wish.cache.only) return fail({ code: 'not_cached' });
    const header = inspectImage(bytes);
    if (!header.ok) return header;
    const asked = { bytes, picture, model, wish, deadlineMsEpoch };
    if (cascade === undefined) return placeInTime(rooms, asked, header.value);
    return climb(rooms, cascade, asked, header.value);
  }

  /** What is asked of storage before anything is computed. */
  async function lookUp(bytes: Uint8Array, wish: Wish): Promise<Result<LookedUp, ModelFailure>> {
    const model = await rooms.models.find(wish.model);
    if (!model.ok) return model;
    const cascade = await findCascade(rooms.models, model.value);
    if (!cascade.ok) return cascade;
    const picture = await sha256(bytes);
    const wanted = wish.cache.read || wish.cache.only;
    const known = wanted && (await findAnswer(model.value, cascade.value, picture, wish));
    return ok({ model: model.value, cascade: cascade.value, picture, kept: known || undefined });
  }

  function findAnswer(
    model: FoundModel,
    cascade: Cascade | undefined,
    picture: Digest,
    from: Asker,
  ): Promise<Answer | undefined> {
    if (cascade === undefined) return findKept(rooms, model.card, picture, from);
    return findKeptCascaded(rooms, cascade, picture, from);
  }

  async function kept(
    picture: Digest,
    model: string,
    from: Asker,
  ): Promise<Result<Answer | undefined, ModelFailure>> {
    const found = await rooms.models.find(model);
    if (!found.ok) return found;
    const cascade = await findCascade(rooms.models, found.value);
    if (!cascade.ok) return cascade;
    return ok(await findAnswer(found.value, cascade.value, picture, from));
  }

  function overloaded(): OverloadedFailure | undefined {
    if (rooms.origin?.look().state === 'ready') return undefined;
    return rooms.queue.overloaded();
  }

  const over = (results: ResultCache) => createOver({ ...rooms, results });
  return {
    tiers: rooms.results.tiers,
    over,
    overloaded,
    classify,
    infer: (model, tensors, wait) => inferBatch(rooms, model, tensors, wait),
    kept,
  };
}

/** Asks a cascade's stages, each where it belongs and each with what is kept of its own. */
async function climb(
  rooms: Workplace,
  cascade: Cascade,
  given: Case,
  header: ImageHeader,
): Promise<Classified> {
  const { wish, picture } = given;
  const answer = await runCascade(cascade, {
    async ask(model) {
      const kept = wish.cache.read ? await findKept(rooms, model.card, picture, wish) : undefined;
      return kept === undefined ? placeInTime(rooms, { ...given, model }, header) : ok(kept);
    },
    inTime: () => rooms.clock() < given.deadlineMsEpoch,
    mayHelp: anotherMayHelp,
  });
  if (answer.ok && wish.cache.write) {
    wish.background(keepCascaded(rooms, cascade, answer.value, wish.scope));
  }
  return answer;
}

function placeInTime(rooms: Workplace, given: Case, header: ImageHeader): Promise<Classified> {
  return inTime(rooms.clock, given.wish, place(rooms, given, header));
}

/** Sends a picture where it belongs, and once to the other place when that fails. */
async function place(rooms: Workplace, given: Case, header: ImageHeader): Promise<Classified> {
  const facts = gatherFacts(rooms, given, header);
  const { to, because } = choosePlacement(facts);
  if (to === 'refuse') {
    if (because === 'no_origin') return fail({ code: 'no_origin' });
    return fail(unavailable({ code: 'origin_resting', retryAfterSeconds: ORIGIN_RETRY_SECONDS }));
  }
  const { origin } = rooms;
  if (to === 'edge') {
    const here = await classifyAtEdge(rooms, given, header, because);
    const elsewhere = !here.ok && mayHelp(here.failure) && because === 'resident';
    if (!elsewhere || origin === undefined) return here;
    const there = await classifyAtOrigin(rooms, origin, given, header, 'edge_failed');
    return there.ok ? there : here;
  }
  if (origin === undefined) throw new Error('placement: sent to an origin that is not there');
  return fromOrigin(rooms, origin, given, header, because, facts);
}

async function fromOrigin(
  rooms: Workplace,
  origin: Origin,
  given: Case,
  header: ImageHeader,
  because: OriginReason,
  { session, picture }: PlacementFacts,
): Promise<Classified> {
  // The session loads behind the answer: the next picture finds it here.
  if (because === 'cold') given.wish.background(rooms.models.warm(given.model));
  const there = await classifyAtOrigin(rooms, origin, given, header, because);
  if (there.ok) return there;
  const canEdge = session !== 'too_large' && picture === 'fits';
  if (tooLate(rooms.clock, given.deadlineMsEpoch)) return fail({ code: 'deadline_exceeded' });
  // What the origin refuses as the caller's mistake is one here too: the edge names its limit.
  const refused = there.failure.code === 'origin_status' && !isOriginsFault(there.failure);
  if (canEdge || refused) return classifyAtEdge(rooms, given, header, 'origin_failed');
  return fail(unavailable(there.failure));
}

function gatherFacts(rooms: Workplace, given: Case, header: ImageHeader): PlacementFacts {
  const { card } = given.model;
  const origin = rooms.origin?.look();
  const resident = rooms.models.resident(card.graph) ? 'resident' : 'cold';
  return {
    wish: given.wish.engine ?? 'auto',
    model: card.placement ?? 'auto',
    origin: origin?.state ?? 'none',
    originTakesPictures: origin?.takesPictures ?? false,
    session: rooms.models.fits(card) ? resident : 'too_large',
    picture: header.decodeBytes <= rooms.memory.bytesMax ? 'fits' : 'too_large',
    edgeWaitMs: rooms.queue.waitMs(),
    leftMs: given.deadlineMsEpoch - rooms.clock(),
  };
}

/** Failures of this isolate, not of the picture: another place may do better. */
function mayHelp({ code }: ClassifyFailure): boolean {
  return (
    code === 'overloaded' ||
    code === 'graph_refused' ||
    code === 'graph_unreadable' ||
    code.startsWith('engine_') ||
    code.startsWith('model_')
  );
}

/** The same of another model; where memory is short it would only wait once more. */
function anotherMayHelp(failure: ClassifyFailure): boolean {
  const { code } = failure;
  if (code === 'unknown_model' || code === 'origin_unavailable') return true;
  return code !== 'overloaded' && mayHelp(failure);
}

function unavailable(failure: OriginFailure): ClassifyFailure {
  const seconds = 'retryAfterSeconds' in failure ? failure.retryAfterSeconds : undefined;
  const retryAfterSeconds = seconds ?? ORIGIN_RETRY_SECONDS;
  return { code: 'origin_unavailable', reason: failure.code, retryAfterSeconds };
}
