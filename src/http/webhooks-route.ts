import { readBody } from './body.ts';
import { toJobDocument } from './job-document.ts';
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
  const body = await readBody(c.req.raw, webhooks.bodyBytesMax);
  if (!body.ok) return problem(c, body.failure);
  const source = c.req.param('source') ?? '';
  const bytes = body.value as Uint8Array<ArrayBuffer>;
  const accepted = await webhooks.receive(source, c.req.raw.headers, bytes);
  if (!accepted.ok) return problem(c, accepted.failure);
  const { id, as } = accepted.value;
  c.set('logFields', { ...c.get('logFields'), job: id, accepted: as });
  c.header('location', `/v1/jobs/${id}`);
  const waitSeconds = readWait(c.req.query('wait'), c.req.header('prefer'));
  if (waitSeconds > 0) {
    const document = await waitFor(c, services, id, waitSeconds);
    if (document !== undefined) return json(c, document);
  }
  return c.json({ job: id, url: `/v1/jobs/${id}`, status: 'queued' }, 202);
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
