import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RoomWorker } from '../../test/node/room-in-workerd.ts';
import { startRoomWorker } from '../../test/node/room-in-workerd.ts';
import type { Stranger } from '../../test/node/stranger.ts';
import { PICTURE, startStranger } from '../../test/node/stranger.ts';
import type { UrlPolicy } from './check-url.ts';
import type { FetchFailure, FetchLimits } from './fetch-public.ts';
import { fetchPublic } from './fetch-public.ts';

const LIMITS: FetchLimits = { bytesMax: 1_000_000, timeoutMs: 2000 };

type Outcome =
  | { readonly ok: true; readonly value: { sha256: string; length: number; url: string } }
  | { readonly ok: false; readonly failure: FetchFailure };

type Platform = (url: string, policy: UrlPolicy, limits: FetchLimits) => Promise<Outcome>;

const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

const inNode: Platform = async (url, policy, limits) => {
  const fetched = await fetchPublic(url, { policy, limits, fetch: globalThis.fetch });
  if (!fetched.ok) return fetched;
  const { bytes, url: final } = fetched.value;
  return { ok: true, value: { sha256: hash(bytes), length: bytes.length, url: final } };
};

let worker: RoomWorker;
let stranger: Stranger;

const inWorkerd: Platform = async (url, policy, limits) =>
  (await worker.ask('/fetch', { url, policy, limits })) as Outcome;

beforeAll(async () => {
  [worker, stranger] = await Promise.all([startRoomWorker('net'), startStranger()]);
});

afterAll(async () => {
  await worker.close();
  await stranger.close();
});

const PICTURES: ReadonlyArray<readonly [why: string, path: string, final: string]> = [
  ['a picture', '/picture', '/picture'],
  ['one without a type', '/no-type', '/no-type'],
  ['one of unknown type', '/octets', '/octets'],
  ["one of S3's default type", '/s3', '/s3'],
  ['one sent in chunks', '/chunked', '/chunked'],
  ['one that was compressed on the way', '/gzip', '/gzip'],
  ['one that moved', '/moved', '/picture'],
  ['one that moved, behind a body that never ends', '/moved-silent', '/picture'],
  ['one that moved to a name in UTF-8', '/moved-utf8', '/%E5%B7%A3'],
];

const REFUSED: ReadonlyArray<readonly [why: string, path: string, failure: FetchFailure]> = [
  ['a page', '/page', { code: 'bad_content_type', saw: 'text/html' }],
  ['an answer of an API', '/json', { code: 'bad_content_type', saw: 'application/json' }],
  ['a type that is markup', '/odd-type', { code: 'bad_content_type', saw: 'malformed' }],
  ['a missing picture', '/404', { code: 'bad_status', status: 404 }],
  ['a page about it that never ends', '/missing-silent', { code: 'bad_status', status: 404 }],
  ['an empty answer', '/204', { code: 'bad_status', status: 204 }],
  ['a server in trouble', '/500', { code: 'bad_status', status: 500 }],
  ['a body declared too large', '/declared-huge', { code: 'body_too_large', bytesMax: 1_000_000 }],
  ['an endless body', '/endless', { code: 'body_too_large', bytesMax: 1_000_000 }],
  ['a gzip bomb', '/bomb', { code: 'body_too_large', bytesMax: 1_000_000 }],
  ['damaged gzip', '/damaged-gzip', { code: 'fetch_failed' }],
  ['a body that ends early', '/short', { code: 'fetch_failed' }],
  ['a connection that is cut', '/reset', { code: 'fetch_failed' }],
  ['a loop', '/loop', { code: 'redirect_loop' }],
  ['too many redirects', '/hops?n=0', { code: 'too_many_redirects', redirectsMax: 3 }],
  ['a redirect to loopback', '/to-loopback', { code: 'ip_literal' }],
  ['a redirect to cloud metadata', '/to-metadata', { code: 'ip_literal' }],
  ['a redirect to plain http', '/to-http', { code: 'scheme' }],
  ['a redirect to nowhere', '/to-nowhere', { code: 'missing_location' }],
];

const SLOW: ReadonlyArray<readonly [why: string, path: string]> = [
  ['never answers', '/silent'],
  ['stops after one byte', '/silent-body'],
  ['drips without end', '/drip'],
];

describe.each([
  ['Node', inNode],
  ['workerd', inWorkerd],
])('fetching on real sockets in %s', (_platform, ask) => {
  const fetchIt = (path: string, limits: FetchLimits = LIMITS) =>
    ask(`${stranger.origin}${path}`, { trustedOrigins: [stranger.origin] }, limits);

  it.each(PICTURES)('reads %s', async (_why, path, final) => {
    expect(await fetchIt(path)).toEqual({
      ok: true,
      value: { sha256: hash(PICTURE), length: PICTURE.length, url: `${stranger.origin}${final}` },
    });
  });

  it.each(REFUSED)('refuses %s', async (_why, path, failure) => {
    expect(await fetchIt(path)).toEqual({ ok: false, failure });
  });

  it.each(SLOW)('gives up on a server that %s', async (_why, path) => {
    const startedMs = performance.now();
    const limits = { ...LIMITS, timeoutMs: 300 };
    const failure = { code: 'fetch_timeout', timeoutMs: 300 };
    expect(await fetchIt(path, limits)).toEqual({ ok: false, failure });
    expect(performance.now() - startedMs).toBeLessThan(2000);
  });

  it.each(['/picture', '/chunked', '/gzip'])('meets the byte limit exactly on %s', async (path) => {
    const exact = await fetchIt(path, { ...LIMITS, bytesMax: PICTURE.length });
    expect(exact).toMatchObject({ ok: true, value: { length: PICTURE.length } });
    const bytesMax = PICTURE.length - 1;
    const failure = { code: 'body_too_large', bytesMax };
    expect(await fetchIt(path, { ...LIMITS, bytesMax })).toEqual({ ok: false, failure });
  });

  it('reads an empty body as no bytes', async () => {
    expect(await fetchIt('/empty')).toMatchObject({ ok: true, value: { length: 0 } });
  });

  it('lets go of an endless body', async () => {
    const before = stranger.sentBytes;
    await fetchIt('/endless');
    await new Promise((resolve) => setTimeout(resolve, 200));
    const after = stranger.sentBytes;
    await new Promise((resolve) => setTimeout(resolve, 200));
    // What sockets buffer on both sides, far from endless; and nothing flows any more.
    expect(after - before).toBeLessThan(32_000_000);
    expect(stranger.sentBytes).toBe(after);
  });

  it('tells a stranger nothing: no cookie, no referrer, no key', async () => {
    const before = stranger.requests.length;
    await fetchIt('/moved');
    const asked = stranger.requests.slice(before);
    expect(asked.map(({ method, url }) => `${method} ${url}`)).toEqual([
      'GET /moved',
      'GET /picture',
    ]);
    for (const { headers } of asked) {
      expect(headers['user-agent']).toMatch(/^razorbill/);
      for (const name of ['cookie', 'referer', 'authorization', 'origin']) {
        expect(headers[name], name).toBeUndefined();
      }
    }
  });

  it('fetches nothing from an origin that is not trusted', async () => {
    const before = stranger.requests.length;
    const outcome = await ask(`${stranger.origin}/picture`, { http: 'allow' }, LIMITS);
    expect(outcome).toEqual({ ok: false, failure: { code: 'ip_literal' } });
    expect(stranger.requests.length).toBe(before);
  });

  it('says that nobody listens', async () => {
    const closed = await startStranger();
    await closed.close();
    const outcome = await ask(closed.origin, { trustedOrigins: [closed.origin] }, LIMITS);
    expect(outcome).toEqual({ ok: false, failure: { code: 'fetch_failed' } });
  });
});

describe('fetching for a caller who left', () => {
  it('ends at once', async () => {
    const left = new AbortController();
    const fetched = fetchPublic(`${stranger.origin}/drip`, {
      policy: { trustedOrigins: [stranger.origin] },
      limits: { ...LIMITS, timeoutMs: 30_000 },
      fetch: globalThis.fetch,
      signal: left.signal,
    });
    setTimeout(() => left.abort(), 50);
    expect(await fetched).toEqual({ ok: false, failure: { code: 'fetch_failed' } });
  });
});
