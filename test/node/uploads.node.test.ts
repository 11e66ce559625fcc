// Notifications of the uploads bucket and the end of messages, on real queues with short delays.
// The notifications are sent by a Worker beside ours: locally no bucket sends any.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  awaitJob,
  cmsSettings,
  type JobDocument,
  jobOf,
  type Neighbour,
  readJob,
  SECRETS,
  sendEvent,
  startNeighbour,
} from './webhook-world.ts';
import { readSample, type Service, startService } from './workers.ts';

describe('the uploads bucket', () => {
  const picture = readSample('chelsea.png');
  let neighbour: Neighbour;
  let service: Service;

  beforeAll(async () => {
    neighbour = await startNeighbour((_request, response) => response.end(picture));
    service = await startService({
      jobs: true,
      config: 'impatient',
      vars: { ...cmsSettings(neighbour.home), UPLOADS_ANNOTATE: 'on' },
      secrets: SECRETS,
    });
  });

  afterAll(async () => {
    await service?.close();
    neighbour?.close();
  });

  async function notify(key: string, eTag: string, action = 'PutObject'): Promise<void> {
    await service.notifications.send({
      account: '3f4b7e3dcab231cbfdaa90a6a28bd548',
      action,
      bucket: 'razorbill-uploads',
      object: { key, size: picture.length, eTag },
      eventTime: '2026-11-01T19:36:44.379Z',
    });
  }

  async function jobsOfUploads(): Promise<readonly JobDocument[]> {
    const answer = await service.fetch('/v1/jobs?source=uploads&limit=100');
    return ((await answer.json()) as { readonly jobs: readonly JobDocument[] }).jobs;
  }

  async function jobOfUpload(messageId: string): Promise<JobDocument> {
    const find = async () =>
      (await jobsOfUploads()).find((job) => 'message_id' in job && job.message_id === messageId)
        ?.id;
    await expect.poll(find, { timeout: 50_000, interval: 200 }).toBeDefined();
    return awaitJob(service, (await find()) ?? '');
  }

  it('has each object classified once, noted in its metadata and told', async () => {
    const put = await service.uploads.put('cats/1.png', picture, {
      httpMetadata: { contentType: 'image/png' },
      customMetadata: { owner: 'me', razorbill_label: 'of a version before' },
    });
    await notify('cats/1.png', put.etag);
    const job = await jobOfUpload(`razorbill-uploads/cats/1.png@${put.etag}`);
    expect(job.images).toMatchObject([{ status: 'classified', answer: { pred_class: 'cat' } }]);
    const noted = await service.uploads.head('cats/1.png');
    expect(noted?.customMetadata).toMatchObject({ owner: 'me', razorbill_label: 'cat' });
    expect(noted?.httpMetadata).toMatchObject({ contentType: 'image/png' });
    expect(Number(noted?.customMetadata?.razorbill_score)).toBeGreaterThan(0.5);
    const heard = () => neighbour.heard.filter(({ body }) => body.includes(job.id));
    await expect.poll(() => heard().length, { timeout: 50_000 }).toBe(1);
    expect(JSON.parse(heard()[0]?.body ?? '')).toMatchObject({
      type: 'image.classified',
      data: {
        source: 'uploads',
        metadata: { key: 'cats/1.png' },
        image: { reference: 'cats/1.png' },
      },
    });
    // The note is an object anew, and a notification like any other.
    const jobs = (await jobsOfUploads()).length;
    await notify('cats/1.png', noted?.etag ?? '');
    await notify('cats/1.png', 'd41d8cd98f00b204e9800998ecf8427e', 'DeleteObject');
    await notify('cats/2.png', await putAnew('cats/2.png'));
    await expect
      .poll(async () => (await jobsOfUploads()).length, { timeout: 50_000 })
      .toBe(jobs + 1);
    expect(heard()).toHaveLength(1);
  }, 120_000);

  async function putAnew(key: string): Promise<string> {
    return (await service.uploads.put(key, picture))?.etag ?? '';
  }

  it('tells of a multipart upload once, though its note changes its ETag', async () => {
    const upload = await service.uploads.createMultipartUpload('large.png');
    const part = await upload.uploadPart(1, picture);
    const { etag } = await upload.complete([part]);
    await notify('large.png', etag, 'CompleteMultipartUpload');
    const job = await jobOfUpload(`razorbill-uploads/large.png@${etag}`);
    expect(job.images).toMatchObject([{ status: 'classified' }]);
    const noted = await service.uploads.head('large.png');
    expect(noted?.customMetadata).toMatchObject({ razorbill_label: 'cat', razorbill_etag: etag });
    expect(noted?.etag).not.toBe(etag);
    const before = (await jobsOfUploads()).length;
    await notify('large.png', noted?.etag ?? '');
    await notify('cats/3.png', await putAnew('cats/3.png'));
    await expect
      .poll(async () => (await jobsOfUploads()).length, { timeout: 50_000 })
      .toBe(before + 1);
  }, 120_000);

  it('does not take one version for another', async () => {
    await putAnew('gone.png');
    await notify('gone.png', '0123456789abcdef0123456789abcdef');
    const job = await jobOfUpload('razorbill-uploads/gone.png@0123456789abcdef0123456789abcdef');
    expect(job.images).toMatchObject([{ failure: { code: 'upload_replaced' } }]);
    expect((await service.uploads.head('gone.png'))?.customMetadata).toEqual({});
    await notify('never.png', '0123456789abcdef0123456789abcdef');
    const never = await jobOfUpload('razorbill-uploads/never.png@0123456789abcdef0123456789abcdef');
    expect(never.images).toMatchObject([{ failure: { code: 'upload_gone' } }]);
  }, 120_000);

  it('a message that fails as often as the queue tries ends with its cause', async () => {
    // Each try breaks where it would record its outcome.
    await service.db.prepare('ALTER TABLE deliveries RENAME TO lent').run();
    const id = await jobOf(
      await sendEvent(service, 'doomed', { images: [`${neighbour.home}/picture`] }),
    );
    const dead = async () =>
      service.db
        .prepare('SELECT state, cause, last_error, tries FROM jobs WHERE id = ?1')
        .bind(id)
        .first();
    await expect
      .poll(dead, { timeout: 60_000, interval: 500 })
      .toMatchObject({ state: 'dead', cause: 'dead_letter' });
    expect(await dead()).toMatchObject({
      tries: 6,
      last_error: expect.stringContaining('deliveries'),
    });
    await service.db.prepare('ALTER TABLE lent RENAME TO deliveries').run();
    expect(await readJob(service, id)).toMatchObject({ state: 'dead', cause: 'dead_letter' });
    const begun = await service.fetch(`/v1/jobs/${id}/redrive`, { method: 'POST' });
    expect(begun.status).toBe(202);
    const job = await awaitJob(service, id);
    expect(job.images).toMatchObject([{ status: 'classified' }]);
    expect(job.callbacks).toHaveLength(1);
  }, 120_000);
});
