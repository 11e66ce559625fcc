import { lookup } from 'node:dns/promises';
import { type Fetched, type FetchFailure, fetchPublic } from '../../src/net/fetch-public.ts';
import type { Result } from '../../src/result.ts';
import { FETCH_MS_MAX } from './limits.ts';

/** Fetches what a sitemap, a page or a log names, with the bytes' media type. */
export type FetchSafely = (
  url: string,
  bytesMax: number,
  wanted?: 'document',
) => Promise<Result<Fetched, FetchFailure>>;

const DOCUMENTS = {
  accept: 'text/html, application/xml, text/xml, image/*;q=0.5, */*;q=0.1',
  takes: () => true,
};

/**
 * By the same rules as the service's own fetches: a sitemap of somebody else must not make this
 * machine fetch from its own network. Origins that the user wrote down are exempt.
 */
export function createFetchSafely(trustedOrigins: readonly string[]): FetchSafely {
  return function fetchSafely(url, bytesMax, wanted) {
    return fetchPublic(url, {
      policy: { http: 'allow', trustedOrigins },
      limits: { bytesMax, timeoutMs: FETCH_MS_MAX },
      fetch: (address, init) => fetch(address, init),
      resolve: async (host) => {
        const found = await lookup(host, { all: true });
        return found.map(({ address }) => address);
      },
      ...(wanted === 'document' && { media: DOCUMENTS }),
    });
  };
}
