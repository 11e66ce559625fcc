import type { Answer } from '../classify/answer.ts';
import { inTime } from '../classify/deadline.ts';
import type { Label } from '../classify/view.ts';
import { fail, ok, type Result } from '../result.ts';
import { toCacheStatus } from './answer.ts';
import { readBody } from './body.ts';
import { parseCacheControl } from './cache-directives.ts';
import { askerOf, deadlineOf } from './classify-route.ts';
import { verifyContentDigest } from './content-digest.ts';
import type { Failure } from './problem.ts';
import { toRunFacts } from './run-facts.ts';
import type { AppContext, Services } from './services.ts';

/** A body's one picture, and what else its dialect asked for. */
export interface Asked<A> {
  readonly picture: Uint8Array;
  readonly wish: A;
  /** The caller wants no kept answer. */
  readonly fresh?: boolean;
}

export interface Classified<A> {
  readonly answer: Answer;
  readonly labels: readonly Label[];
  readonly wish: A;
}

/**
 * What the dialects of other services share: a body is read under its reservation, the dialect
 * finds the picture in it, and the one pipeline answers. Which model it was stands in a header:
 * these dialects have no room for it elsewhere.
 */
export async function classifyBody<A>(
  c: AppContext,
  services: Services,
  model: string,
  find: (body: Uint8Array) => Result<Asked<A>, Failure>,
): Promise<Result<Classified<A>, Failure>> {
  const declared = Number(c.req.header('content-length') ?? Number.NaN);
  const { bodyBytesMax } = services.settings;
  if (declared > bodyBytesMax) return fail({ code: 'body_too_large', bytesMax: bodyBytesMax });
  const room = await services.bodies.take(Number.isInteger(declared) ? declared : bodyBytesMax);
  if (!room.ok) return room;
  try {
    const asked = await readAsked(c, bodyBytesMax, find);
    return asked.ok ? await answerAsked(c, services, model, asked.value) : asked;
  } finally {
    room.value();
  }
}

async function readAsked<A>(
  c: AppContext,
  bodyBytesMax: number,
  find: (body: Uint8Array) => Result<Asked<A>, Failure>,
): Promise<Result<Asked<A>, Failure>> {
  const body = await readBody(c.req.raw, bodyBytesMax);
  if (!body.ok) return body;
  const verified = await verifyContentDigest(c.req.header('content-digest'), body.value);
  return verified.ok ? find(body.value) : verified;
}

async function answerAsked<A>(
  c: AppContext,
  services: Services,
  model: string,
  { picture, wish, fresh }: Asked<A>,
): Promise<Result<Classified<A>, Failure>> {
  const given = parseCacheControl(c.req.header('cache-control'));
  const cache = { ...given, read: given.read && fresh !== true };
  const deadlineMsEpoch = deadlineOf(c);
  const asker = askerOf(c, services);
  const answer = await services.classifier.classify(picture, {
    model,
    cache,
    deadlineMsEpoch,
    ...asker,
  });
  // A name that cannot be one of ours is, to a client of another service, a model that is not here.
  if (!answer.ok && answer.failure.code === 'bad_model_name') {
    return fail({ code: 'unknown_model', reference: answer.failure.saw });
  }
  if (!answer.ok) return answer;
  const { card } = answer.value;
  const patience = { deadlineMsEpoch, ...asker };
  const list = await inTime(services.clock, patience, services.models.labels(card));
  if (!list.ok) return list;
  c.header('cache-control', 'private, no-store');
  c.header('cache-status', toCacheStatus(answer.value));
  c.header('x-razorbill-model', `${card.name}@sha256:${card.graph}`);
  c.set('logFields', { ...c.get('logFields'), ...toRunFacts([answer.value], 0) });
  return ok({ answer: answer.value, labels: list.value.labels, wish });
}
