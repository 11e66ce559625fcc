import { fail, type Result } from '../result.ts';
import type { Accepted } from '../webhook/jobs/store.ts';
import type { Webhooks } from '../webhook/webhooks.ts';
import { readBody } from './body.ts';
import { toJobDocument } from './job-document.ts';
import type { Failure } from './problem.ts';
import { json, problem } from './respond.ts';
import type { AppContext, Services } from './services.ts';

/** The longest that a sender may wait for the result: it should be done long before. */
const WAIT_SECONDS_MAX = 25;

/** Between looks at a job that somebody else works on: at most a hundred looks. */
const POLL_MS = 250;

/** POST /v1/webhooks/{source}: proved by its signature, not by an API key. */
export async function receiveWebhook(c: AppContext, services: Services): Promise<Response> {
  const { webhooks } = services;
  if (webhooks === undefined) return problem(c, { code: 'webhooks_off' });
  const accepted = await receive(c, services, webhooks);
  if (!accepted.ok) return problem(c, accepted.failure);
  const { id, as } = accepted.value;
  c.set('logFields', { ...c.get('logFields'), job: id, accepted: as });
  c.header('location', `/v1/jobs/${id}`);
  const waitSeconds = readWait(c.req.query('wait'), c.req.header('prefer'));
  if (waitSeconds > 0) {
    if (c.req.query('wait') === undefined) c.header('preference-applied', `wait=${waitSeconds}`);
    const document = await waitFor(c, services, id, waitSeconds);
    if (document !== undefined) return json(c, document);
  }
  return c.json({ job: id, url: `/v1/jobs/${id}`, status: 'queued' }, 202);
}

/** A body takes memory like a picture's, and is reserved like one. */
async function receive(
  c: AppContext,
  { bodies }: Services,
  webhooks: Webhooks,
): Promise<Result<Accepted, Failure>> {
  const bytesMax = webhooks.bodyBytesMax;
  const declared = Number(c.req.header('content-length') ?? Number.NaN);
  if (declared > bytesMax) return fail({ code: 'body_too_large', bytesMax });
  const room = await bodies.take(Number.isInteger(declared) ? declared : bytesMax);
  if (!room.ok) return room;
  try {
    const body = await readBody(c.req.raw, bytesMax);
    if (!body.ok) return body;
    const bytes = body.value as Uint8Array<ArrayBuffer>;
    return await webhooks.receive(c.req.param('source') ?? '', c.req.raw.headers, bytes);
  } finally {
    room.value();
  }
}

/** RFC 7240, 4.3 in the header; the query says the same for senders that set no headers. */
function readWait(query: string | undefined, prefer: string | undefined): number {
  const preferred = /(?:^|[\s,;])wait=(\d{1,5})(?:$|[\s,;])/.exec(prefer ?? '')?.[1];
  const text = query ?? preferred ?? '';
  return /^\d{1,5}$/.test(text) ? Math.min(Number(text), WAIT_SECONDS_MAX) : 0;
}

/**
 * Works on it here and now, unless somebody else does already; undefined where it is not done in
 * time, and goes on behind.
 */
async function waitFor(
  c: AppContext,
  { webhooks, clock }: Services,
  job: string,
  seconds: number,
): Promise<unknown> {
  if (webhooks === undefined) return undefined;
  const untilMs = clock() + seconds * 1000;
  const work = webhooks.tryWork(job);
  c.executionCtx.waitUntil(work);
  await Promise.race([work, sleep(seconds * 1000)]);
  while (true) {
    const found = await webhooks.find(job);
    if (!found.ok) return undefined;
    if (found.value?.job.state === 'done') return toJobDocument(found.value);
    if (found.value?.job.state === 'dead' || clock() >= untilMs) return undefined;
    await sleep(POLL_MS);
  }
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
