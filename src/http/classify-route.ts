import type { Answer, Asker, CacheWish, Wish } from '../classify/answer.ts';
import { inTime } from '../classify/deadline.ts';
import { fail, ok, type Result } from '../result.ts';
import { toCacheStatus, toPictureAnswer, toRun } from './answer.ts';
import { readBody } from './body.ts';
import { parseCacheControl } from './cache-directives.ts';
import { verifyContentDigest } from './content-digest.ts';
import type { Parameters } from './parameters.ts';
import { parseParameters } from './parameters.ts';
import type { Picture, PictureRequest } from './pictures.ts';
import { findPictures } from './pictures.ts';
import type { Failure } from './problem.ts';
import { json, problem, toProblem } from './respond.ts';
import { toRunFacts } from './run-facts.ts';
import type { AppContext, Services } from './services.ts';

interface Question {
  readonly pictures: readonly Picture[];
  readonly many: boolean;
  readonly parameters: Parameters;
}

/** POST /v1/classify: one picture or several, raw, as a form or in JSON. */
export async function classifyRoute(c: AppContext, services: Services): Promise<Response> {
  const arrivedMs = services.clock();
  const declared = Number(c.req.header('content-length') ?? Number.NaN);
  const { bodyBytesMax } = services.settings;
  if (declared > bodyBytesMax) {
    return problem(c, { code: 'body_too_large', bytesMax: bodyBytesMax });
  }
  const room = await services.bodies.take(Number.isInteger(declared) ? declared : bodyBytesMax);
  if (!room.ok) return problem(c, room.failure);
  try {
    const question = await readQuestion(c, services);
    if (!question.ok) return problem(c, question.failure);
    return await answerQuestion(c, services, question.value, arrivedMs);
  } finally {
    room.value();
  }
}

async function readQuestion(c: AppContext, services: Services): Promise<Result<Question, Failure>> {
  const { bodyBytesMax, imagesMax } = services.settings;
  const body = await readBody(c.req.raw, bodyBytesMax);
  if (!body.ok) return body;
  const verified = await verifyContentDigest(c.req.header('content-digest'), body.value);
  if (!verified.ok) return verified;
  const found = findPictures(body.value, c.req.header('content-type') ?? '', imagesMax);
  if (!found.ok) return found;
  const parameters = parseParameters({ ...c.req.query(), ...found.value.parameters });
  if (!parameters.ok) return parameters;
  return ok({ ...toPictures(found.value), parameters: parameters.value });
}

function toPictures(request: PictureRequest): Pick<Question, 'pictures' | 'many'> {
  return { pictures: request.pictures, many: request.many };
}

async function answerQuestion(
  c: AppContext,
  services: Services,
  question: Question,
  arrivedMs: number,
): Promise<Response> {
  const wish = toWish(c, services, question.parameters, arrivedMs);
  if (!question.many) {
    const [picture] = question.pictures;
    if (picture === undefined) return problem(c, { code: 'no_image' });
    const answer = await answerPicture(services, picture, wish, question.parameters);
    if (!answer.ok) {
      note(c, [], 1);
      return problem(c, answer.failure);
    }
    c.header('cache-status', toCacheStatus(answer.value.answer));
    note(c, [answer.value.answer], 0);
    return json(c, answer.value.body);
  }
  // One after the other: an isolate has one thread, and each picture's memory is reserved in turn.
  const results: unknown[] = [];
  const answers: Answer[] = [];
  for (const picture of question.pictures) {
    const answer = await answerPicture(services, picture, wish, question.parameters);
    results.push(answer.ok ? answer.value.body : { error: toProblem(answer.failure) });
    if (answer.ok) answers.push(answer.value.answer);
  }
  note(c, answers, results.length - answers.length);
  return json(c, { results });
}

function toWish(
  c: AppContext,
  services: Services,
  parameters: Parameters,
  arrivedMs: number,
): Wish {
  const cache: CacheWish = parseCacheControl(c.req.header('cache-control'));
  const { model = services.settings.defaultModel, engine } = parameters;
  const deadlineMsEpoch = deadlineOf(c, { arrivedMs, timeoutMs: parameters.timeout_ms });
  return { model, cache, engine, deadlineMsEpoch, ...askerOf(c, services) };
}

/** The earlier of what the caller's caller said and of the wait that it asks for. */
export function deadlineOf(
  c: AppContext,
  wait?: { readonly arrivedMs: number; readonly timeoutMs: number | undefined },
): number | undefined {
  const inherited = c.req.header('x-deadline-ms-epoch') ?? '';
  const deadlines: number[] = [];
  if (/^\d{1,15}$/.test(inherited)) deadlines.push(Number(inherited));
  if (wait?.timeoutMs !== undefined) deadlines.push(wait.arrivedMs + wait.timeoutMs);
  return deadlines.length === 0 ? undefined : Math.min(...deadlines);
}

/** Whose kept answers a caller sees, everybody's or those of its own key; and its `waitUntil`. */
export function askerOf(c: AppContext, services: Services): Asker {
  return {
    scope: services.settings.resultScope === 'key' ? c.get('principal').id : '',
    background: (work) => c.executionCtx.waitUntil(work),
  };
}

interface Answered {
  readonly answer: Answer;
  readonly body: unknown;
}

async function answerPicture(
  services: Services,
  picture: Picture,
  wish: Wish,
  parameters: Parameters,
): Promise<Result<Answered, Failure>> {
  switch (picture.kind) {
    case 'bytes':
      return answerBytes(services, picture.bytes, wish, parameters);
    case 'unreadable':
      return fail(picture.failure);
    case 'url':
      return answerUrl(services, picture.url, wish, parameters);
  }
}

/** What a stranger's server sends takes memory like a body does, and is reserved like one. */
async function answerUrl(
  services: Services,
  url: string,
  wish: Wish,
  parameters: Parameters,
): Promise<Result<Answered, Failure>> {
  const room = await services.bodies.take(services.fetchBytesMax);
  if (!room.ok) return room;
  const fetching = services.fetchPicture(url);
  try {
    const fetched = await inTime(services.clock, wish, fetching);
    if (!fetched.ok) return fetched;
    return await answerBytes(services, fetched.value, wish, parameters);
  } finally {
    // A fetch that nobody waits for any more still holds what it has read.
    wish.background(fetching.then(() => room.value()));
  }
}

async function answerBytes(
  services: Services,
  bytes: Uint8Array,
  wish: Wish,
  parameters: Parameters,
): Promise<Result<Answered, Failure>> {
  const answer = await services.classifier.classify(bytes, wish);
  if (!answer.ok) return answer;
  const { card } = answer.value;
  const labels = await inTime(services.clock, wish, services.models.labels(card));
  if (!labels.ok) return labels;
  const { top_k: topK, min_score: minScore, logits } = parameters;
  const view = { topK, minScore, logits };
  const body = {
    ...toPictureAnswer(answer.value, labels.value.labels, view),
    run: toRun(answer.value),
  };
  return ok({ answer: answer.value, body });
}

function note(c: AppContext, answers: readonly Answer[], failed: number): void {
  c.set('logFields', { ...c.get('logFields'), ...toRunFacts(answers, failed) });
}
