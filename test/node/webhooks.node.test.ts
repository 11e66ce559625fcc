// Events in, labels out: a real Worker with real D1 and queues, a real sender and a real receiver,
// whose signatures the published package checks.
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  awaitJob,
  cmsSettings,
  type EventOptions,
  type Heard,
  type JobDocument,
  jobOf,
  NEW_SECRET,
  type Neighbour,
  OUT_SECRET,
  readJob,
  SECRETS,
  sendEvent,
  startNeighbour,
} from './webhook-world.ts';
import { readSample, type Service, startService } from './workers.ts';

const PHOTO = readSample('chelsea.png');

describe('webhooks', () => {
  let neighbour: Neighbour;
  let home = '';
  let service: Service;

  beforeAll(async () => {
    neighbour = await startNeighbour((request, response) => {
      const { url = '' } = request;
      response.setHeader('content-type', 'image/png');
      if (url.startsWith('/picture')) return void response.end(PHOTO);
      if (url.startsWith('/text')) return void response.end('not a picture');
      const timer = setInterval(() => response.write(Buffer.alloc(1 << 20)), 1);
      response.on('close', () => clearInterval(timer));
    });
    ({ home } = neighbour);
    const secrets = ['CMS_SECRET', 'CMS_NEW_SECRET'];
    service = await startService({
      jobs: true,
      vars: cmsSettings(home, { secrets, metadata: { asset: '/asset' } }),
      secrets: { ...SECRETS, CMS_NEW_SECRET: NEW_SECRET },
    });
  });

  afterAll(async () => {
    await service.close();
    neighbour.close();
  });

  const post = (id: string, payload: object, options?: EventOptions): Promise<Response> =>
    sendEvent(service, id, payload, options);
  const read = (job: string): Promise<JobDocument> => readJob(service, job);
  const settled = (job: string): Promise<JobDocument> => awaitJob(service, job);

  /** Callbacks of one job: those of tests before may still be on their way. */
  function heardOf(job: string): readonly Heard[] {
    return neighbour.heard.filter(({ body }) => body.includes(job));
  }

  it('an event comes back as a signed label', async () => {
    const response = await post('event-1', { images: [`${home}/picture/1`], asset: 'A1' });
    expect(response.headers.get('location')).toMatch(/^\/v1\/jobs\/job_[0-9a-f]{32}$/);
    const job = await settled(await jobOf(response));
    expect(job.images).toMatchObject([{ status: 'classified' }]);
    await expect.poll(() => heardOf(job.id).length, { timeout: 30_000 }).toBe(1);
    const { headers, body } = heardOf(job.id)[0] ?? { headers: {}, body: '' };
    const event = new Webhook(OUT_SECRET).verify(body, headers as Record<string, string>);
    expect(event).toMatchObject({
      type: 'image.classified',
      data: { job: job.id, source: 'cms', message_id: 'event-1', metadata: { asset: 'A1' } },
    });
    expect(event).toMatchObject({ data: { answer: { pred_class: 'cat', pred_label: 3 } } });
    expect(headers['webhook-id']).toBe(job.callbacks[0]?.id);
    await expect
      .poll(async () => (await read(job.id)).callbacks)
      .toMatchObject([
        { state: 'delivered', attempts: [{ attempt: 1, outcome: 'delivered', status: 200 }] },
      ]);
  });

  it('a hundred copies at once are one job, one inference and one callback', async () => {
    const payload = { images: [`${home}/picture/2`] };
    const responses = await Promise.all(
      Array.from({ length: 100 }, () => post('event-2', payload)),
    );
    const jobs = new Set(await Promise.all(responses.map(jobOf)));
    expect(jobs.size).toBe(1);
    const job = await settled([...jobs][0] ?? '');
    expect(job).toMatchObject({ duplicates: 99, other_bodies: 0, tries: 1 });
    await expect.poll(() => heardOf(job.id).length, { timeout: 30_000 }).toBe(1);
    await service.sweep();
    expect(heardOf(job.id)).toHaveLength(1);
  });

  it('the same id with another body is the first job, and noted', async () => {
    const first = await jobOf(await post('event-3', { images: [`${home}/picture/3`] }));
    const second = await jobOf(await post('event-3', { images: [`${home}/picture/4`] }));
    expect(second).toBe(first);
    expect(await settled(first)).toMatchObject({ duplicates: 0, other_bodies: 1 });
  });

  it('a sender that waits gets the result itself', async () => {
    const response = await post(
      'event-4',
      { images: [`${home}/picture/5`] },
      { query: '?wait=20' },
    );
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      state: 'done',
      images: [{ status: 'classified', answer: { pred_class: 'cat' } }],
    });
  });

  it('pictures that are none become typed failures, each for itself', async () => {
    const images = [
      `${home}/text`,
      `${home}/picture/6`,
      'https://10.0.0.1/x.png',
      `${home}/endless`,
    ];
    const job = await settled(await jobOf(await post('event-5', { images })));
    expect(job.images).toMatchObject([
      { status: 'failed', failure: { code: 'unsupported_format' } },
      { status: 'classified' },
      { status: 'failed', failure: { code: 'ip_literal' } },
      { status: 'failed', failure: { code: 'body_too_large' } },
    ]);
    await expect.poll(() => heardOf(job.id).length, { timeout: 30_000 }).toBe(4);
    const types = heardOf(job.id).map(({ body }) => (JSON.parse(body) as { type: string }).type);
    expect(types.toSorted()).toEqual(['image.classified', ...Array(3).fill('image.failed')]);
  });

  it('either secret proves an event, another none, and nobody is told why', async () => {
    const payload = { images: [`${home}/picture/7`] };
    const job = await jobOf(await post('event-6', payload, { secret: NEW_SECRET }));
    const refused = await post('event-7', payload, { secret: OUT_SECRET });
    expect(refused.status).toBe(401);
    expect(await refused.json()).toMatchObject({ code: 'webhook_unauthorized' });
    const old = await post('event-8', payload, { at: new Date(Date.now() - 400_000) });
    expect(await old.json()).toMatchObject({ status: 401, code: 'webhook_unauthorized' });
    await expect.poll(() => heardOf(job).length, { timeout: 30_000 }).toBe(1);
  });

  it('a receiver that is gone gets nothing more, until somebody begins again', async () => {
    neighbour.status = 410;
    const gone = await settled(
      await jobOf(await post('event-9', { images: [`${home}/picture/8`] })),
    );
    const state = async (job: string) => (await read(job)).callbacks[0]?.state;
    await expect.poll(() => state(gone.id), { timeout: 30_000 }).toBe('disabled');
    const next = await settled(
      await jobOf(await post('event-10', { images: [`${home}/picture/9`] })),
    );
    await expect.poll(() => state(next.id), { timeout: 30_000 }).toBe('disabled');
    expect([heardOf(gone.id).length, heardOf(next.id).length]).toEqual([1, 0]);
    neighbour.status = 200;
    const redriven = await service.fetch(`/v1/jobs/${next.id}/redrive`, { method: 'POST' });
    expect(redriven.status).toBe(202);
    await expect.poll(() => state(next.id), { timeout: 30_000 }).toBe('delivered');
    expect(heardOf(next.id)).toHaveLength(1);
  });

  it('jobs are listed newest first, by pages', async () => {
    const page = async (query: string) =>
      (await (await service.fetch(`/v1/jobs?limit=3${query}`)).json()) as {
        readonly jobs: ReadonlyArray<{ readonly id: string }>;
        readonly next: string;
      };
    const first = await page('');
    const second = await page(`&cursor=${first.next}`);
    const ids = [...first.jobs, ...second.jobs].map(({ id }) => id);
    expect(ids).toHaveLength(6);
    expect(ids).toEqual(ids.toSorted().toReversed());
    expect((await page('&source=nobody')).jobs).toEqual([]);
    const bad = await service.fetch('/v1/jobs?state=lost');
    expect(await bad.json()).toMatchObject({ status: 400, code: 'bad_parameter', name: 'state' });
  });
});
