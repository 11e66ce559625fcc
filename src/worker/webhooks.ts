import type { ClassifyFailure } from '../classify/answer.ts';
import type { Classifier } from '../classify/classify.ts';
import type { Reservations } from '../classify/reservations.ts';
import type { Config, ConfigProblem, Env } from '../config.ts';
import { sha256 } from '../digest.ts';
import { toPictureAnswer } from '../http/answer.ts';
import type { Models } from '../model/models.ts';
import type { UrlPolicy } from '../net/check-url.ts';
import type { FetchFailure } from '../net/fetch-public.ts';
import { fail, ok, type Result } from '../result.ts';
import type { Telemetry } from '../telemetry/telemetry.ts';
import { attemptDelivery } from '../webhook/deliver/attempt.ts';
import type { ClassifyJobDeps, Fetched, WorkFailure } from '../webhook/jobs/classify-job.ts';
import { createD1Jobs } from '../webhook/jobs/d1.ts';
import type { ImageOutcome, Job, JobImage } from '../webhook/jobs/job.ts';
import { SEND_BATCH_MAX } from '../webhook/jobs/limits.ts';
import type { JobMessage, Outbox } from '../webhook/jobs/messages.ts';
import { parseSources, type Source, UPLOADS } from '../webhook/source.ts';
import { createWebhooks, type Webhooks } from '../webhook/webhooks.ts';

/** What the rest of the Worker hands to this part of it. */
export interface WebhookWiring {
  readonly env: Env;
  readonly config: Config;
  readonly policy: UrlPolicy;
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
  const policy: UrlPolicy = { ...wiring.policy, http: 'refuse' };
  const sources = await parseSources(config.webhookSources, {
    policy,
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
      async receiverOf({ job }) {
        const found = await store.find(job);
        return sources.value.get(found?.job.source ?? '')?.callback;
      },
      attempt: (request) =>
        attemptDelivery(request, {
          fetch: (url, init) => fetch(url, init),
          policy,
          clock,
          random: wiring.random,
        }),
    },
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
    annotate: (job, image, outcome) => annotate(wiring, job, image, outcome),
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
  const fetched =
    job.source === UPLOADS
      ? await readUpload(wiring, image.reference)
      : toWork(await wiring.fetchPicture(image.reference, hosts));
  if (!fetched.ok) {
    room.value();
    return fetched;
  }
  const bytes = fetched.value;
  return ok({ bytes, sha256: await sha256(bytes as BufferSource), release: room.value });
}

async function readUpload(
  { env, fetchBytesMax }: WebhookWiring,
  key: string,
): Promise<Result<Uint8Array, WorkFailure>> {
  if (env.UPLOADS === undefined) return fail({ code: 'uploads_not_bound', passing: false });
  const object = await env.UPLOADS.get(key);
  if (object === null) return fail({ code: 'upload_gone', passing: false });
  if (object.size > fetchBytesMax) {
    await object.body.cancel();
    return fail({ code: 'body_too_large', passing: false, bytesMax: fetchBytesMax });
  }
  return ok(new Uint8Array(await object.arrayBuffer()));
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

/** An object's metadata is changed by writing it anew, on condition that it is the same still. */
async function annotate(
  { env, config }: WebhookWiring,
  job: Job,
  image: JobImage,
  outcome: ImageOutcome,
): Promise<void> {
  if (job.source !== UPLOADS || config.uploadsAnnotate === 'off') return;
  const object = await env.UPLOADS?.get(image.reference);
  if (object === null || object === undefined || env.UPLOADS === undefined) return;
  const label = outcome.status === 'classified' ? String(outcome.answer.pred_class) : '';
  const note: Record<string, string> =
    outcome.status === 'classified'
      ? { razorbill_label: label, razorbill_score: String(outcome.answer.pred_score) }
      : { razorbill_failure: outcome.failure.code };
  await env.UPLOADS.put(image.reference, object.body, {
    ...(object.httpMetadata !== undefined && { httpMetadata: object.httpMetadata }),
    customMetadata: { ...object.customMetadata, ...note },
    onlyIf: { etagMatches: object.etag },
  });
}
