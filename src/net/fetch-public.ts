import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { LocationFailure } from './check-location.ts';
import { checkLocation } from './check-location.ts';
import type { UrlFailure, UrlPolicy } from './check-url.ts';
import { checkUrl, isTrusted } from './check-url.ts';
import { isPublicAddress } from './is-public-address.ts';
import { CONTENT_TYPE_CHARS_MAX, REDIRECTS_MAX } from './limits.ts';
import type { ReadFailure } from './read-bounded.ts';
import { readBounded, tryCancel } from './read-bounded.ts';

export type FetchFailure =
  | UrlFailure
  | LocationFailure
  | ReadFailure
  | { readonly code: 'redirect_loop' }
  | { readonly code: 'too_many_redirects'; readonly redirectsMax: number }
  | { readonly code: 'bad_status'; readonly status: number }
  /** Not an image by its own declaration: a page, a document, an answer of an API. */
  | { readonly code: 'bad_content_type'; readonly saw: string }
  /** With a resolver: the name leads to an address that is not public, or to none. */
  | { readonly code: 'private_address' | 'no_address' }
  | { readonly code: 'fetch_timeout'; readonly timeoutMs: number };

export interface FetchLimits {
  /** Of the body, after the platform has decompressed it. */
  readonly bytesMax: number;
  /** For everything together: names, redirects, headers and body. */
  readonly timeoutMs: number;
}

export interface FetchOptions {
  readonly policy: UrlPolicy;
  readonly limits: FetchLimits;
  fetch(url: string, init: RequestInit): Promise<Response>;
  /** Addresses of a name, where the platform lets us see them. Workers resolve by themselves. */
  resolve?(host: string): Promise<readonly string[]>;
  /** The caller's own: when it went away, nobody needs the picture. */
  readonly signal?: AbortSignal;
  /** What is fetched in place of a picture. */
  readonly media?: Media;
}

export interface Media {
  /** The header `Accept`. */
  readonly accept: string;
  /** By a media type in lower case, '' where none was given. */
  takes(type: string): boolean;
}

export interface Fetched {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** After redirects, without a fragment. */
  readonly url: string;
  /** Media type in lower case, without parameters; '' where none was given. */
  readonly type: string;
}

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);

/** With `Accept` all that a stranger's server learns of us: no cookie, no referrer, no key. */
const USER_AGENT = 'razorbill (image classifier)';

const PICTURES: Media = {
  accept: 'image/avif, image/webp, image/png, image/jpeg, image/gif, image/*;q=0.8',
  takes: mayBePicture,
};

/**
 * Fetches a picture from an address that a caller chose. Redirects are followed by hand, each
 * under all rules again; only status 200 counts; time and bytes have a limit.
 */
export async function fetchPublic(
  address: string,
  options: FetchOptions,
): Promise<Result<Fetched, FetchFailure>> {
  const { timeoutMs } = options.limits;
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(), timeoutMs);
  const given = options.signal === undefined ? [] : [options.signal];
  const signal = AbortSignal.any([deadline.signal, ...given]);
  try {
    const fetched = await follow(address, options, signal);
    const late = !fetched.ok && fetched.failure.code === 'fetch_failed' && deadline.signal.aborted;
    return late ? fail({ code: 'fetch_timeout', timeoutMs }) : fetched;
  } finally {
    clearTimeout(timer);
  }
}

async function follow(
  address: string,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<Result<Fetched, FetchFailure>> {
  const { policy } = options;
  const redirectsMax = policy.redirectsMax ?? REDIRECTS_MAX;
  const start = checkUrl(address, policy);
  if (!start.ok) return start;
  let url = start.value;
  url.hash = '';
  const seen = new Set<string>();
  for (;;) {
    seen.add(url.href);
    const response = await ask(url, options, signal);
    if (!response.ok) return response;
    if (!REDIRECTS.has(response.value.status)) {
      return readBody(response.value, url, options, signal);
    }
    if (response.value.body !== null) await tryCancel(response.value.body);
    if (seen.size > redirectsMax) return fail({ code: 'too_many_redirects', redirectsMax });
    const next = checkLocation(response.value.headers.get('location'), url, policy);
    if (!next.ok) return next;
    if (seen.has(next.value.href)) return fail({ code: 'redirect_loop' });
    url = next.value;
  }
}

async function ask(
  url: URL,
  options: FetchOptions,
  signal: AbortSignal,
): Promise<Result<Response, FetchFailure>> {
  try {
    if (options.resolve !== undefined && !isTrusted(url, options.policy)) {
      const addresses = await orAbort(options.resolve(url.hostname), signal);
      if (addresses.length === 0) return fail({ code: 'no_address' });
      if (!addresses.every(isPublicAddress)) return fail({ code: 'private_address' });
    }
    const { accept } = options.media ?? PICTURES;
    const headers = { accept, 'user-agent': USER_AGENT };
    const init: RequestInit = { headers, redirect: 'manual', signal };
    return ok(await orAbort(options.fetch(url.href, init), signal));
  } catch {
    // No such name, no route, no TLS, a broken answer, or the signal: the caller may know no more.
    return fail({ code: 'fetch_failed' });
  }
}

/** The work's value, unless the signal comes first: not every work listens to one. */
async function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>();
  const stop = () => reject(new Error('aborted'));
  signal.addEventListener('abort', stop);
  try {
    signal.throwIfAborted();
    return await Promise.race([work, promise]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function readBody(
  response: Response,
  url: URL,
  { limits, media = PICTURES }: FetchOptions,
  signal: AbortSignal,
): Promise<Result<Fetched, FetchFailure>> {
  const { status, body, headers } = response;
  const type = mediaType(headers.get('content-type'));
  if (status !== 200 || !media.takes(type)) {
    if (body !== null) await tryCancel(body);
    return status === 200
      ? fail({ code: 'bad_content_type', saw: type })
      : fail({ code: 'bad_status', status });
  }
  const bytes = await readBounded(response, limits.bytesMax, signal);
  return bytes.ok ? ok({ bytes: bytes.value, url: url.href, type }) : bytes;
}

/** RFC 6838, 4.2. */
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/;

/** `type/subtype` in lower case; a stranger's text is repeated only if it has that form. */
function mediaType(header: string | null): string {
  const type = (header ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (type === '') return '';
  return type.length <= CONTENT_TYPE_CHARS_MAX && MEDIA_TYPE.test(type) ? type : 'malformed';
}

/**
 * Images, and what servers say that don't know (S3's default is binary/octet-stream). What the
 * bytes really are is sniffed later; this keeps us from fetching pages and APIs for anybody.
 */
function mayBePicture(type: string): boolean {
  return (
    type === '' || type.startsWith('image/') || /^(application|binary)\/octet-stream$/.test(type)
  );
}
