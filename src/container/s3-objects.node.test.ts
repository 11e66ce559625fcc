import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Buckets, openBuckets } from '../../scripts/models/testing/buckets.ts';
import { makePublication } from '../../test/worker/publications.ts';
import type { ObjectStore } from '../model/objects.ts';
import { publish } from '../model/publish.ts';
import { createStore } from '../model/store.ts';
import { hashWithNode } from './hasher.ts';
import { LIST_PAGE_BYTES_MAX, LIST_PAGES_MAX } from './limits.ts';
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

  function open(more: Record<string, string> = {}): ObjectStore {
    const opened = openS3Objects({ ...env, ...more });
    if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
    return opened.value;
  }

  it('is listed in order, over more than one page of 1,000', async () => {
    const names = Array.from({ length: 1003 }, (_, i) => `many/${String(i).padStart(4, '0')}`);
    for (let i = 0; i < names.length; i += 50) {
      const some = names.slice(i, i + 50);
      await Promise.all(some.map((key) => buckets.r2.put(key, Uint8Array.of(1))));
    }
    const objects = open();
    expect(await objects.list('many/', 5000)).toEqual({ ok: true, value: names });
    expect(await objects.list('many/', 1001)).toEqual({ ok: true, value: names.slice(0, 1001) });
    expect(await objects.list('many/', 3)).toEqual({ ok: true, value: names.slice(0, 3) });
    expect(await objects.list('none/', 10)).toEqual({ ok: true, value: [] });
  });

  it('tells the models that are published in it', async () => {
    const publication = await makePublication('auk', 1);
    expect(await publish(buckets.r2, publication)).toMatchObject({ ok: true });
    const cards = await createStore(open(), hashWithNode).cards();
    expect(cards).toMatchObject({ ok: true, value: [{ name: 'auk', card: { ok: true } }] });
  });

  it('that does not let itself be listed is a failure that says so', async () => {
    const wrong = open({ S3_SECRET_ACCESS_KEY: 'another secret of 16 letters' });
    const failure = { code: 'model_unavailable', detail: 'keys of models/: status 403' };
    expect(await wrong.list('models/', 10)).toEqual({ ok: false, failure });
    const nobody = open({ S3_ENDPOINT: 'http://127.0.0.1:9' });
    const away = { code: 'model_unavailable', detail: 'keys of models/: no answer' };
    expect(await nobody.list('models/', 10)).toEqual({ ok: false, failure: away });
  });

  it('names every setting that is missing', () => {
    const { S3_BUCKET: _bucket, ...rest } = env;
    const failure = { code: 'missing_setting', settings: ['S3_BUCKET'] };
    expect(openS3Objects(rest)).toEqual({ ok: false, failure });
  });
});

describe('a listing that a server would have go on for ever', () => {
  /** What it answers to every page, and how often it was asked. */
  async function listFrom(page: string) {
    let asked = 0;
    const server = createServer((_request, response) => {
      asked++;
      response.end(page);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const opened = openS3Objects({
      S3_ENDPOINT: `http://127.0.0.1:${port}`,
      S3_BUCKET: 'b',
      S3_ACCESS_KEY_ID: 'auk',
      S3_SECRET_ACCESS_KEY: 'a secret of 16+ characters',
    });
    if (!opened.ok) throw new Error(JSON.stringify(opened.failure));
    const listed = await opened.value.list('', 1_000_000);
    server.closeAllConnections();
    server.close();
    return { listed, asked };
  }

  const page = (padding: string) =>
    `<ListBucketResult>${padding}<Key>a&amp;b</Key>` +
    '<NextContinuationToken>more</NextContinuationToken></ListBucketResult>';

  it('ends after so many pages', async () => {
    const { listed, asked } = await listFrom(page(''));
    expect(asked).toBe(LIST_PAGES_MAX);
    expect(listed).toEqual({ ok: true, value: Array(LIST_PAGES_MAX).fill('a&b') });
  });

  it.each([0, 1])('a page of %i bytes more than the most', async (more) => {
    const padding = ' '.repeat(LIST_PAGE_BYTES_MAX - page('').length + more);
    const { listed, asked } = await listFrom(page(padding));
    expect(listed.ok).toBe(more === 0);
    expect(asked).toBe(more === 0 ? LIST_PAGES_MAX : 1);
  });

  it('what is no list is a failure', async () => {
    const { listed } = await listFrom('<html>Welcome</html>');
    expect(listed).toMatchObject({ ok: false, failure: { code: 'model_unavailable' } });
  });
});
