import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Buckets, openBuckets } from '../../scripts/models/testing/buckets.ts';
import { openS3Objects } from './s3-objects.ts';

describe('a bucket over the S3 API', () => {
  let buckets: Buckets;
  let env: Record<string, string>;

  beforeAll(async () => {
    buckets = await openBuckets();
    const { endpoint, bucket, accessKeyId, secretAccessKey } = buckets.settings;
    env = {
      S3_ENDPOINT: endpoint,
      S3_BUCKET: bucket,
      S3_ACCESS_KEY_ID: accessKeyId,
      S3_SECRET_ACCESS_KEY: secretAccessKey,
    };
  });

  afterAll(() => buckets.close());

  it('is read by signed requests; what is not there is no failure', async () => {
    await buckets.r2.put('graphs/a.onnx', Uint8Array.of(1, 2, 3));
    const opened = openS3Objects(env);
    if (!opened.ok) return expect.unreachable();
    const found = await opened.value.get('graphs/a.onnx');
    if (!found.ok || found.value === undefined) return expect.unreachable();
    expect(found.value.bytes).toBe(3);
    expect(await new Response(found.value.body).bytes()).toEqual(Uint8Array.of(1, 2, 3));
    expect(await opened.value.head('graphs/a.onnx')).toEqual({ ok: true, value: 3 });
    expect(await opened.value.get('graphs/b.onnx')).toEqual({ ok: true, value: undefined });
  });

  it('a wrong key is a failure that names what was asked for', async () => {
    const opened = openS3Objects({ ...env, S3_SECRET_ACCESS_KEY: 'another secret of 16 letters' });
    if (!opened.ok) return expect.unreachable();
    const read = await opened.value.get('graphs/a.onnx');
    expect(read).toMatchObject({ ok: false, failure: { code: 'model_unavailable' } });
    if (!read.ok) expect(read.failure.detail).toMatch(/^graphs\/a\.onnx: status 403/);
  });

  it('names every setting that is missing', () => {
    const { S3_BUCKET: _bucket, ...rest } = env;
    const failure = { code: 'missing_setting', settings: ['S3_BUCKET'] };
    expect(openS3Objects(rest)).toEqual({ ok: false, failure });
  });
});
