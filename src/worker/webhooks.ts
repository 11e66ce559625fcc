import type { ClassifyFailure } from '../classify/answer.ts';
import type { Classifier } from '../classify/classify.ts';
import type { Reservations } from '../classify/reservations.ts';
import type { Config, ConfigProblem, Env } from '../config.ts';
import { sha256 } from '../digest.ts';
import { toPictureAnswer } from '../http/answer.ts';
import { toRunFacts } from '../http/run-facts.ts';
import type { Models } from '../model/models.ts';
import type { UrlPolicy } from '../net/check-url.ts';
import type { FetchFailure } from '../net/fetch-public.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { attemptDelivery } from '../webhook/deliver/attempt.ts';
import type { ClassifyJobDeps, Fetched, Noted, WorkFailure } from '../webhook/jobs/classify-job.ts';
import { createD1Jobs } from '../webhook/jobs/d1.ts';
import type { Job, JobImage } from '../webhook/jobs/job.ts';
import { SEND_BATCH_MAX } from '../webhook/jobs/limits.ts';
import type { JobMessage, Outbox, Upload } from '../webhook/jobs/messages.ts';
import { parseSources, type Source, UPLOADS } from '../webhook/source.ts';
import { createWebhooks, type Webhooks } from '../webhook/webhooks.ts';

/** What the rest of the Worker hands to this part of it. */
export interface WebhookWiring {
  readonly env: Env;
  readonly config: Config;
  policy(): UrlPolicy;
  readonly classifier: Classifier;
  readonly models: Models;
  readonly bodies: Reservations;
  readonly fetchBytesMax: number;
  /** `allowedHosts` as in `UrlPolicy`. */
  fetchPicture(
    url: string,
    allowedHosts: readonly string[],
  ): Promise<Result<Uint8Array, FetchFailure>>;
  readonly telemetry: Telemetry;
  readonly clock: () => number;
  /** 0 up to, not including, 1. */
  readonly random: () => number;
  randomBytes(bytes: Uint8Array): void;
  newId(): string;
  background(work: Promise<void>): void;
}

/** Undefined where no job table is bound: the service classifies, and takes no webhooks. */
export async function wireWebhooks(
  wiring: WebhookWiring,
): Promise<Result<Webhooks | undefined, readonly ConfigProblem[]>> {
  const { env, config, telemetry, clock } = wiring;
  // FETCH_HTTP is about pictures: what is signed goes over TLS.
  const policy = (): UrlPolicy => ({ ...wiring.policy(), http: 'refuse' });
  const sources = await parseSources(config.webhookSources, {
    policy: policy(),
    readSecret(name) {
      const value = env[name];
      return typeof value === 'string' ? value : undefined;
    },
  });
  if (!sources.ok) return sources;
  const { DB: db, JOBS: jobs, CALLBACKS: callbacks } = env;
  if (db === undefined || jobs === undefined || callbacks === undefined) return ok(undefined);
  const store = createD1Jobs(db);
  const outbox = createOutbox(jobs, callbacks, telemetry);
  const work = wireWork(wiring, sources.value, { store, outbox });
  const webhooks = createWebhooks({
    store,
    sources: sources.value,
    work,
    deliver: {
      store,
      outbox,
      clock,
      random: wiring.random,
      background(attempt) {
        // What cannot be written down is made again when its hold runs out.
        const told = attempt.catch((thrown: unknown) => {
          telemetry.log('error', 'attempt_not_recorded', { reason: String(thrown) });
        });
        wiring.background(told);
      },
      countGivenUp: (code) => telemetry.count('callbacks_given_up', { code }),
      receiverOf: ({ source }) => sources.value.get(source)?.callback,
      attempt: (request) =>
        attemptDelivery(request, {
          fetch: (url, init) => fetch(url, init),
          policy: policy(),
          clock,
          random: wiring.random,
        }),
    },
    isOwnNote: (upload) => isOwnNote(env, upload),
    uploadsModel: config.uploadsModel === '' ? undefined : config.uploadsModel,
    retentionMs: config.jobRetentionDays * 86_400_000,
    random: wiring.randomBytes,
    tell: (event, facts) => telemetry.log('warn', event, facts),
  });
  return ok(webhooks);
}

function createOutbox(jobs: Queue, callbacks: Queue, telemetry: Telemetry): Outbox {
  async function trySendTo(queue: Queue, messages: readonly JobMessage[], delaySeconds: number) {
    for (let at = 0; at < messages.length; at += SEND_BATCH_MAX) {
      const batch = messages.slice(at, at + SEND_BATCH_MAX).map((body) => ({ body, delaySeconds }));
      try {
        await queue.sendBatch(batch);
      } catch {
        telemetry.count('queue_send_failures');
      }
    }
  }
  return {
    async trySend(messages, delaySeconds) {
      const toClassify = messages.filter((message) => message.do === 'classify');
      const toDeliver = messages.filter((message) => message.do === 'deliver');
      await trySendTo(jobs, toClassify, delaySeconds);
      await trySendTo(callbacks, toDeliver, delaySeconds);
    },
  };
}

function wireWork(
  wiring: WebhookWiring,
  sources: ReadonlyMap<string, Source>,
  given: Pick<ClassifyJobDeps, 'store' | 'outbox'>,
): ClassifyJobDeps {
  const { config, clock } = wiring;
  return {
    ...given,
    clock,
    newHolder: wiring.newId,
    heldMs: config.jobHeldSeconds * 1000,
    fetchImage: (job, image) => fetchImage(wiring, sources.get(job.source), job, image),
    classify: (bytes, model) => classify(wiring, bytes, model),
    hasReceiver: (source) => sources.get(source)?.callback !== undefined,
    annotate: (job, image, noted) => tryAnnotate(wiring, job, image, noted),
    countFailure: (operation) => wiring.telemetry.count('job_failures', { operation }),
  };
}

/** The same room that bodies and fetched pictures of requests have. */
async function fetchImage(
  wiring: WebhookWiring,
  source: Source | undefined,
  job: Job,
  image: JobImage,
): Promise<Result<Fetched, WorkFailure>> {
  const { bodies, fetchBytesMax } = wiring;
  const hosts = source?.kind === 'signed' ? source.imageHosts : [];
  const room = await bodies.take(fetchBytesMax);
  if (!room.ok) return fail(toWorkFailure(room.failure));
  try {
    const fetched =
      job.source === UPLOADS
        ? await readUpload(wiring, image.reference, String(job.metadata.etag))
        : toWork(await wiring.fetchPicture(image.reference, hosts));
    if (fetched.ok) {
      const bytes = fetched.value;
      return ok({ bytes, sha256: await sha256(bytes as BufferSource), release: room.value });
    }
    room.value();
    return fetched;
  } catch (thrown) {
    // R2 throws where it is away: the job is tried again, and the room is free for others.
    room.value();
    throw thrown;
  }
}

/** The version that was told of, or the same bytes with our note beside them. */
async function readUpload(
  { env, fetchBytesMax }: WebhookWiring,
  key: string,
  etag: string,
): Promise<Result<Uint8Array, WorkFailure>> {
  if (env.UPLOADS === undefined) return fail({ code: 'uploads_not_bound', passing: false });
  const object = await env.UPLOADS.get(key);
  if (object === null) return fail({ code: 'upload_gone', passing: false });
  const told = object.etag === etag || object.customMetadata?.[NOTE_ETAG] === etag;
  if (told && object.size <= fetchBytesMax) return ok(new Uint8Array(await object.arrayBuffer()));
  await object.body.cancel();
  return told
    ? fail({ code: 'body_too_large', passing: false, bytesMax: fetchBytesMax })
    : fail({ code: 'upload_replaced', passing: false });
}

async function classify(
  wiring: WebhookWiring,
  bytes: Uint8Array,
  model: string | undefined,
): Promise<Result<Readonly<Record<string, unknown>>, WorkFailure>> {
  const answer = await wiring.classifier.classify(bytes, {
    model: model ?? wiring.config.defaultModel,
    cache: { read: true, write: true, only: false },
    scope: wiring.config.resultScope === 'key' ? 'webhooks' : '',
    background: wiring.background,
  });
  if (!answer.ok) return fail(toWorkFailure(answer.failure));
  const { sha256: image } = answer.value.image;
  wiring.telemetry.log('info', 'job_picture', { image, ...toRunFacts([answer.value], 0) });
  const labels = await wiring.models.labels(answer.value.card);
  if (!labels.ok) return fail(toWorkFailure(labels.failure));
  const view = { topK: 5, minScore: 0, logits: false };
  return ok({ ...toPictureAnswer(answer.value, labels.value.labels, view) });
}

function toWork<T>(result: Result<T, FetchFailure | ClassifyFailure>): Result<T, WorkFailure> {
  return result.ok ? result : fail(toWorkFailure(result.failure));
}

function toWorkFailure(failure: FetchFailure | ClassifyFailure): WorkFailure {
  return { ...failure, passing: isPassing(failure) };
}

/** The network's, the store's and this isolate's failures; a picture's own stay. */
function isPassing(failure: FetchFailure | ClassifyFailure): boolean {
  if (failure.code === 'bad_status' && 'status' in failure) {
    return failure.status === 429 || failure.status >= 500;
  }
  return PASSING.has(failure.code);
}

const PASSING: ReadonlySet<string> = new Set([
  'fetch_timeout',
  'fetch_failed',
  'no_address',
  'overloaded',
  'engine_failed',
  'engine_busy',
  'graph_unreadable',
  'model_unavailable',
  'model_damaged',
  'origin_unavailable',
]);

const NOTE = 'razorbill_';
/** Of the version that the note is about: a multipart upload has another once it is rewritten. */
const NOTE_ETAG = `${NOTE}etag`;
const NOTE_SHA256 = `${NOTE}sha256`;

/**
 * An object's metadata is changed by writing it anew, on condition that it is the version still
 * that was classified. A note that cannot be written is counted: the result is in the job table.
 */
async function tryAnnotate(
  { env, config, telemetry }: WebhookWiring,
  job: Job,
  image: JobImage,
  { outcome, sha256 }: Noted,
): Promise<void> {
  if (job.source !== UPLOADS || config.uploadsAnnotate === 'off') return;
  const etag = String(job.metadata.etag);
  const note: Readonly<Record<string, string>> =
    outcome.status === 'classified'
      ? { label: String(outcome.answer.pred_class), score: String(outcome.answer.pred_score) }
      : { failure: outcome.failure.code };
  try {
    const object = await env.UPLOADS?.get(image.reference, { onlyIf: { etagMatches: etag } });
    if (env.UPLOADS === undefined || object === undefined || object === null) return;
    // Replaced since, or a multipart upload that has its note.
    if (!('body' in object)) return;
    const kept = Object.entries(object.customMetadata ?? {}).filter(
      ([name]) => !name.startsWith(NOTE),
    );
    const noted = Object.entries({ ...note, etag, sha256 }).map(
      ([name, value]) => [`${NOTE}${name}`, value] as const,
    );
    const { httpMetadata, storageClass } = object;
    await env.UPLOADS.put(image.reference, object.body, {
      ...(httpMetadata !== undefined && { httpMetadata }),
      storageClass,
      customMetadata: Object.fromEntries([...kept, ...noted]),
      // R2 refuses other bytes, and tells it with the object: `isOwnNote` asks for it.
      sha256,
      onlyIf: { etagMatches: etag },
    });
  } catch {
    telemetry.count('job_failures', { operation: 'annotate' });
  }
}

/**
 * Our own note makes a notification like any other. Bytes that are exactly those it is about are
 * not worked on again, though the rewritten object of a multipart upload has a new ETag.
 */
async function isOwnNote(env: Env, { action, object }: Upload): Promise<boolean> {
  if (action !== 'PutObject') return false;
  const head = await env.UPLOADS?.head(object.key);
  const noted = head?.customMetadata?.[NOTE_SHA256];
  return noted !== undefined && head?.checksums.toJSON().sha256 === noted;
}
