import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hashWithNode } from '../../../src/model/hasher.node.ts';
import { publish } from '../../../src/model/publish.ts';
import { createStore } from '../../../src/model/store.ts';
import { makePublication } from '../../../test/worker/publications.ts';
import type { Timing } from '../pull/timing.ts';
import { type Buckets, openBuckets } from '../testing/buckets.ts';
import { type Fault, type FaultyProxy, startFaultyProxy } from '../testing/faulty-proxy.ts';
import { requestTriesMax } from './limits.ts';
import type { ManagedObjects } from './managed-objects.ts';
import { createS3Objects } from './s3-objects.ts';
import { readS3Settings, type S3Settings } from './s3-settings.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('a bucket over S3 on a bad line', () => {
  let buckets: Buckets;
  let proxy: FaultyProxy;
  let objects: ManagedObjects;
  let faults: readonly Fault[] = [];
  let first = 0;
  const waited: number[] = [];
  const timing: Timing = {
    random: () => 0.5,
    async sleep(ms) {
      waited.push(ms);
    },
  };

  beforeAll(async () => {
    buckets = await openBuckets();
    const { origin, pathname } = new URL(buckets.settings.endpoint);
    proxy = await startFaultyProxy(origin, (n) => faults[n - first - 1] ?? 'none');
    const endpoint = `${proxy.origin}${pathname}`;
    objects = createS3Objects({ ...buckets.settings, endpoint }, timing);
  });
  afterAll(async () => {
    await proxy.close();
    await buckets.close();
  });

  function next(...these: Fault[]): void {
    faults = these;
    first = proxy.requests();
    waited.length = 0;
  }

  it.each(['reset', 'cut-upload', 'busy', 'lost-answer'] as const)(
    'puts in the end when a request meets %s',
    async (fault) => {
      next(fault, fault);
      expect(await objects.put(`put/${fault}`, text('whole'))).toEqual({ ok: true });
      expect(waited).toEqual([125, 250]);
      expect(await buckets.r2.head(`put/${fault}`)).toEqual({ ok: true, value: 5 });
    },
  );

  it('leaves the old object when the upload is cut each time', async () => {
    await buckets.r2.put('old', text('old'));
    next(...Array<Fault>(requestTriesMax).fill('cut-upload'));
    const put = await objects.put('old', text('new and longer'));
    expect(put).toMatchObject({ ok: false, failure: { code: 'model_unavailable' } });
    expect(await buckets.r2.head('old')).toEqual({ ok: true, value: 3 });
  });

  it('tries so often and no more, and says of what it spoke', async () => {
    next(...Array<Fault>(requestTriesMax + 1).fill('busy'));
    const read = await objects.get('busy.json');
    if (read.ok) expect.fail('every try was refused');
    expect(read.failure.detail).toBe(
      'GET razorbill-models/busy.json: 503 SlowDown: Please reduce your rate',
    );
    expect(proxy.requests() - first).toBe(requestTriesMax);
    next(...Array<Fault>(requestTriesMax - 1).fill('busy'));
    expect(await objects.get('busy.json')).toEqual({ ok: true, value: undefined });
  });

  it('puts once although the first answer was lost', async () => {
    next('lost-answer');
    expect(await objects.putOnce('once', text('1'))).toEqual({ ok: true, value: 'present' });
    expect(await buckets.r2.head('once')).toEqual({ ok: true, value: 1 });
  });

  it('passes a cut answer on to whoever reads it', async () => {
    const publication = await makePublication('auk', 1);
    await publish(buckets.r2, publication);
    const store = createStore(objects, hashWithNode);
    next('cut-answer');
    const source = store.graph(publication.card);
    const opened = await source.open();
    if (!opened.ok) expect.fail('the answer began well');
    await expect(new Response(opened.value).arrayBuffer()).rejects.toThrow();
    expect(source.fault()).toBe('interrupted');
  });

  it('tries nothing twice that a wrong key or a missing bucket made fail', async () => {
    next();
    const wrong = { ...buckets.settings, endpoint: settingsOf(proxy).endpoint };
    const cases: ReadonlyArray<readonly [Partial<S3Settings>, RegExp]> = [
      [{ secretAccessKey: 'not the secret' }, /^PUT razorbill-models\/k: 403 SignatureDoesNot/],
      [{ accessKeyId: 'nobody' }, /^PUT razorbill-models\/k: 40[13] /],
      [{ bucket: 'no-such-bucket' }, /^PUT no-such-bucket\/k: 404 NoSuchBucket/],
    ];
    for (const [change, detail] of cases) {
      const put = await createS3Objects({ ...wrong, ...change }, timing).put('k', text('x'));
      if (put.ok) expect.fail('it must be refused');
      expect(put.failure.detail).toMatch(detail);
    }
    expect(proxy.requests() - first).toBe(cases.length);
  });

  it('publishes nothing half, whichever request fails for good', async () => {
    let steps = 0;
    for (let n = 1; ; n++) {
      await buckets.r2.remove('models/auk.json');
      next(
        ...Array<Fault>(n - 1).fill('none'),
        ...Array<Fault>(requestTriesMax).fill('cut-upload'),
      );
      const published = await publish(objects, await makePublication('auk', 100 + n));
      if (published.ok) break;
      steps = n;
      const card = await createStore(buckets.r2, hashWithNode).card({ by: 'name', name: 'auk' });
      expect(card, `cut at ${n}`).toMatchObject({ ok: false, failure: { code: 'unknown_model' } });
    }
    // Reading the old card, then the graph, the labels, the card by digest, the card by name.
    expect(steps).toBe(5);
  });

  function settingsOf({ origin }: FaultyProxy): { readonly endpoint: string } {
    return { endpoint: `${origin}${new URL(buckets.settings.endpoint).pathname}` };
  }
});

describe('the settings of a bucket', () => {
  const env = {
    S3_ENDPOINT: 'https://0123456789abcdef.r2.cloudflarestorage.com/',
    S3_BUCKET: 'models',
    S3_ACCESS_KEY_ID: 'id',
    S3_SECRET_ACCESS_KEY: 'secret',
  };

  it('come from the environment', () => {
    expect(readS3Settings(env)).toEqual({
      ok: true,
      value: {
        endpoint: 'https://0123456789abcdef.r2.cloudflarestorage.com',
        bucket: 'models',
        region: 'auto',
        accessKeyId: 'id',
        secretAccessKey: 'secret',
      },
    });
    const region = readS3Settings({ ...env, S3_REGION: 'eu-west-1' });
    expect(region).toMatchObject({ value: { region: 'eu-west-1' } });
  });

  it('are named when they are missing', () => {
    const { S3_BUCKET: _bucket, ...rest } = env;
    expect(readS3Settings({ ...rest, S3_ACCESS_KEY_ID: '' })).toEqual({
      ok: false,
      failure: { code: 'missing_setting', settings: ['S3_BUCKET', 'S3_ACCESS_KEY_ID'] },
    });
  });

  it.each([
    ['S3_ENDPOINT', 'r2.example'],
    ['S3_ENDPOINT', 'http://r2.example'],
    ['S3_ENDPOINT', 'ftp://127.0.0.1'],
    ['S3_BUCKET', 'a/b'],
    ['S3_BUCKET', 'UPPER'],
  ])('refuses %s = %s', (setting, value) => {
    expect(readS3Settings({ ...env, [setting]: value })).toMatchObject({
      failure: { code: 'bad_setting', setting },
    });
  });
});
