import { describe, expect, it } from 'vitest';
import type { FetchOptions } from './fetch-public.ts';
import { fetchPublic } from './fetch-public.ts';

const never = () => new Promise<never>(() => undefined);
const picture = async () => new Response(Uint8Array.of(1, 2, 3));

function options(change: Partial<FetchOptions>): FetchOptions {
  return { policy: {}, limits: { bytesMax: 3, timeoutMs: 100 }, fetch: picture, ...change };
}

type Row = readonly [why: string, change: Partial<FetchOptions>, verdict: string];

const ROWS: readonly Row[] = [
  ['reads what the network gives', {}, 'ok'],
  [
    'waits no longer than its time for a fetch that ignores signals',
    { fetch: never },
    'fetch_timeout',
  ],
  ['waits no longer than its time for a name', { resolve: never }, 'fetch_timeout'],
  ['passes over nothing when a name cannot be looked up', { resolve: rejects }, 'fetch_failed'],
  ['refuses a name without addresses', { resolve: async () => [] }, 'no_address'],
  [
    'refuses a name when one of its addresses is private',
    { resolve: async () => ['1.1.1.1', '10.0.0.1'] },
    'private_address',
  ],
  ['fetches when all addresses are public', { resolve: async () => ['1.1.1.1'] }, 'ok'],
  [
    'does not look up a trusted origin',
    { resolve: rejects, policy: { trustedOrigins: ['https://example.com'] } },
    'ok',
  ],
  ['does nothing for a caller who has left', { signal: AbortSignal.abort() }, 'fetch_failed'],
];

function rejects(): Promise<never> {
  return Promise.reject(new Error('SERVFAIL'));
}

describe('fetchPublic', () => {
  it.each(ROWS)('%s', async (_why, change, verdict) => {
    const fetched = await fetchPublic('https://example.com/a.png', options(change));
    expect(fetched.ok ? 'ok' : fetched.failure.code).toBe(verdict);
  });

  it('asks with GET, by hand through redirects, without the fragment', async () => {
    const asked: Array<readonly [string, RequestInit]> = [];
    const fetched = await fetchPublic(
      'https://example.com/a.png#top',
      options({
        fetch: (url, init) => {
          asked.push([url, init]);
          return picture();
        },
      }),
    );
    expect(fetched.ok && fetched.value).toEqual({
      bytes: Uint8Array.of(1, 2, 3),
      url: 'https://example.com/a.png',
      type: '',
    });
    expect(asked).toHaveLength(1);
    expect(asked[0]?.[0]).toBe('https://example.com/a.png');
    expect(asked[0]?.[1]).toMatchObject({ redirect: 'manual' });
    expect(asked[0]?.[1]).not.toHaveProperty('method');
    expect(Object.keys(asked[0]?.[1].headers ?? {}).toSorted()).toEqual(['accept', 'user-agent']);
  });

  it('reads chunks of any size into the same bytes', async () => {
    const wanted = Uint8Array.from({ length: 200_001 }, (_, i) => i & 0xff);
    for (const chunkBytes of [1000, 65_536, 65_537, 200_001]) {
      const fetch = async () => new Response(inChunks(wanted, chunkBytes));
      const limits = { bytesMax: 200_001, timeoutMs: 5000 };
      const fetched = await fetchPublic('https://example.com/', options({ fetch, limits }));
      expect(fetched.ok && fetched.value.bytes, `${chunkBytes}`).toEqual(wanted);
    }
  });
});

function inChunks(bytes: Uint8Array, chunkBytes: number): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.slice(at, at + chunkBytes));
      at += chunkBytes;
      if (at >= bytes.length) controller.close();
    },
  });
}
