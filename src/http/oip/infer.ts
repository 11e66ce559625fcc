import type { Answer, Asker } from '../../classify/answer.ts';
import { inTime, type Patience } from '../../classify/deadline.ts';
import type { BatchScores, PreparedBatch } from '../../classify/infer-tensor.ts';
import type { LabelList } from '../../model/labels.ts';
import type { FoundModel } from '../../model/models.ts';
import { HEADER_LENGTH } from '../../oip/frame.ts';
import { type InferRequest, readInferRequest } from '../../oip/read-request.ts';
import { writeInferAnswer } from '../../oip/write-answer.ts';
import { fail, ok, type Result } from '../../result.ts';
import { readBody } from '../body.ts';
import { parseCacheControl } from '../cache-directives.ts';
import { askerOf, deadlineOf } from '../classify-route.ts';
import { parseParameters } from '../parameters.ts';
import type { Failure } from '../problem.ts';
import { toRunFacts } from '../run-facts.ts';
import type { AppContext, Services } from '../services.ts';
import { toInterleaved } from './interleave.ts';
import { findModel } from './metadata.ts';
import { oipError } from './respond.ts';
import { toSpec, VERSION } from './spec.ts';

type Scored = Result<BatchScores, Failure>;

/** POST /v2/models/{model}/infer: one input in, the logits out. */
export async function infer(c: AppContext, services: Services): Promise<Response> {
  const { bodyBytesMax } = services.settings;
  const declared = Number(c.req.header('content-length') ?? Number.NaN);
  if (declared > bodyBytesMax) {
    return oipError(c, { code: 'body_too_large', bytesMax: bodyBytesMax });
  }
  const arrivedMs = services.clock();
  // The query's other parameters mean nothing here, and clients of the protocol send some.
  const { timeout_ms } = c.req.query();
  const asked = parseParameters(timeout_ms === undefined ? {} : { timeout_ms });
  if (!asked.ok) return oipError(c, asked.failure);
  const deadlineMsEpoch = deadlineOf(c, { arrivedMs, timeoutMs: asked.value.timeout_ms });
  const patience = { deadlineMsEpoch, arrivedMs, ...askerOf(c, services) };
  const found = await inTime(services.clock, patience, findModel(c, services));
  if (!found.ok) return oipError(c, found.failure);
  const room = await services.bodies.take(Number.isInteger(declared) ? declared : bodyBytesMax);
  if (!room.ok) return oipError(c, room.failure);
  try {
    return await answer(c, services, found.value, patience);
  } finally {
    room.value();
  }
}

/** Who asks, since when, and until when. */
interface Waiting extends Asker, Patience {
  readonly arrivedMs: number;
}

async function answer(
  c: AppContext,
  services: Services,
  model: FoundModel,
  given: Waiting,
): Promise<Response> {
  const body = await readBody(c.req.raw, services.settings.bodyBytesMax);
  if (!body.ok) return oipError(c, body.failure);
  const headerLength = c.req.raw.headers.get(HEADER_LENGTH);
  const request = readInferRequest(body.value, headerLength, toSpec(model.card));
  if (!request.ok) return oipError(c, request.failure);
  const waiting = shorten(given, request.value.timeoutMs);
  const scored = await score(c, services, model, request.value, waiting);
  if (!scored.ok) return oipError(c, scored.failure);
  const { card } = scored.value;
  const labels = await inTime(services.clock, waiting, services.models.labels(card));
  if (!labels.ok) return oipError(c, labels.failure);
  return write(c, request.value, scored.value, labels.value.labels);
}

function shorten(given: Waiting, timeoutMs: number | undefined): Waiting {
  if (timeoutMs === undefined) return given;
  const { deadlineMsEpoch = Number.POSITIVE_INFINITY, arrivedMs } = given;
  return { ...given, deadlineMsEpoch: Math.min(deadlineMsEpoch, arrivedMs + timeoutMs) };
}

async function score(
  c: AppContext,
  services: Services,
  model: FoundModel,
  { input }: InferRequest,
  waiting: Waiting,
): Promise<Scored> {
  const { values, batch } = input;
  if (values.datatype === 'BYTES')
    return scorePictures(c, services, model, values.strings, waiting);
  const prepared = prepare(input.name, values.numbers, batch, model);
  return services.classifier.infer(model, prepared, waiting);
}

function prepare(
  name: string,
  numbers: Float32Array | Uint8Array,
  batch: number,
  { card }: FoundModel,
): PreparedBatch {
  if (numbers instanceof Float32Array) return { kind: 'tensor', numbers, batch };
  const planar = name === 'image_u8_nchw';
  const bytes = planar ? toInterleaved(numbers, batch, card.input) : numbers;
  return { kind: 'pixels', bytes, batch };
}

/** Pictures go the way of every picture, kept answers included. */
async function scorePictures(
  c: AppContext,
  services: Services,
  model: FoundModel,
  pictures: readonly Uint8Array[],
  { scope, background, deadlineMsEpoch }: Waiting,
): Promise<Scored> {
  const { card, by } = model;
  const reference = by === 'name' ? card.name : card.graph;
  const cache = parseCacheControl(c.req.header('cache-control'));
  const wish = { model: reference, cache, scope, background, deadlineMsEpoch };
  const scores = new Float32Array(pictures.length * card.classes);
  const answers: Answer[] = [];
  for (const [i, bytes] of pictures.entries()) {
    const given = await services.classifier.classify(bytes, wish);
    if (!given.ok) return given;
    const { logits, card: answered } = given.value;
    if (answered.classes !== card.classes) return fail({ code: 'engine_busy' });
    scores.set(logits, i * card.classes);
    answers.push(given.value);
  }
  c.set('logFields', { ...c.get('logFields'), ...toRunFacts(answers, 0) });
  const engine = answers.at(-1)?.engine ?? '';
  return ok({ card, engine, scores });
}

function write(
  c: AppContext,
  { id, outputs }: InferRequest,
  { card, engine, scores }: BatchScores,
  labels: LabelList['labels'],
): Response {
  const numbers = { name: 'logits', numbers: scores, classes: card.classes };
  const label = (index: number): string => labels[index]?.name ?? '';
  const { body, headerLength } = writeInferAnswer(
    { model: card.name, version: VERSION, id, parameters: { engine } },
    outputs.map((wanted) => ({ wanted, scores: { ...numbers, label } })),
  );
  c.header('cache-control', 'private, no-store');
  c.set('logFields', { ...c.get('logFields'), model: card.name, engine });
  if (headerLength === undefined) c.header('content-type', 'application/json');
  else {
    c.header('content-type', 'application/octet-stream');
    c.header('inference-header-content-length', `${headerLength}`);
  }
  return c.body(body);
}
