import { readBody } from './body.ts';
import { toJobDocument } from './job-document.ts';
import { json, problem } from './respond.ts';
import type { AppContext, Services } from './services.ts';

/** The longest that a sender may wait for the result: it should be done long before. */
const WAIT_SECONDS_MAX = 25;
/** As the signature schemes' suite has it. */
const EVENT_BYTES_MAX = 1024 * 1024;

/** POST /v1/webhooks/{source}: proved by its signature, not by an API key. */
export async function receiveWebhook(c: AppContext, services: Services): Promise<Response> {
  const { webhooks } = services;
  if (webhooks === undefined) return problem(c, { code: 'webhooks_off' });
  const body = await readBody(c.req.raw, EVENT_BYTES_MAX);
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
    const document = await waitFor(services, id, waitSeconds);
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

/** Works on it here and now; undefined where it is not done in time, and goes on behind. */
async function waitFor(services: Services, job: string, seconds: number): Promise<unknown> {
  const { webhooks } = services;
  if (webhooks === undefined) return undefined;
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, seconds * 1000);
  await Promise.race([webhooks.work(job), late.promise]);
  clearTimeout(timer);
  const found = await webhooks.find(job);
  return found?.job.state === 'done' ? toJobDocument(found) : undefined;
}
