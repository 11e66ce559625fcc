import { open } from 'node:fs/promises';
import type { DownloadFailure } from './failure.ts';
import { quoteCharsMax, retryAfterMsMax } from './limits.ts';
import { discardPartial, notePartial, type Partial, partialPath, readPartial } from './partial.ts';

export interface AttemptOptions {
  readonly limits: {
    readonly bytesMax: number;
    readonly stallMsMax: number;
    /** By the same clock. */
    readonly endMs: number;
  };
  readonly clock: () => number;
  readonly onProgress: ((done: number, total: number | undefined) => void) | undefined;
}

export type Attempt =
  | { readonly state: 'whole' }
  /** Another try may go on from here. */
  | {
      readonly state: 'broken';
      readonly failure: DownloadFailure;
      readonly grew: boolean;
      readonly retryAfterMs?: number;
    }
  /** No other try will do. */
  | {
      readonly state: 'refused';
      readonly failure: DownloadFailure;
      readonly retryAfterMs?: number;
    };

/** One request for what is missing of the file beside `path`. */
export async function attemptDownload(
  url: URL,
  path: string,
  options: AttemptOptions,
): Promise<Attempt> {
  if (!isAllowed(url)) return refused({ code: 'insecure_url', url: url.href });
  const begun = await readPartial(path, url);
  if (begun?.total !== undefined && begun.bytes === begun.total) return { state: 'whole' };
  // One watch for silence, before the headers and between pieces; the whole time ends it too.
  const watch = createWatch(options);
  try {
    const headers = { 'accept-encoding': 'identity', ...rangeOf(begun) };
    const response = await fetch(url, { headers, signal: watch.signal });
    watch.heard();
    const start = await judgeResponse(response, url, begun, options.limits.bytesMax);
    if ('state' in start) {
      await response.body?.cancel();
      if (start.state === 'broken') await discardPartial(path);
      return start;
    }
    return await receive(response, url, path, start, options, watch);
  } catch (thrown) {
    return broken(url, begun?.bytes ?? 0, false, describe(thrown));
  } finally {
    watch.stop();
  }
}

interface Start {
  /** Where in the file the body begins. */
  readonly at: number;
  readonly validator: string | undefined;
  readonly total: number | undefined;
}

async function judgeResponse(
  response: Response,
  url: URL,
  begun: Partial | undefined,
  bytesMax: number,
): Promise<Start | Attempt> {
  const { status, headers } = response;
  const final = URL.parse(response.url) ?? url;
  if (!isAllowed(final)) return refused({ code: 'insecure_url', url: final.href });
  if (status === 416) return broken(url, 0, false, 'the file is shorter than it was');
  if (status !== 200 && status !== 206) return judgeStatus(response, url);
  const contentType = headers.get('content-type') ?? '';
  if (/^text\/html\b/i.test(contentType)) {
    return refused({ code: 'not_a_file', url: url.href, contentType });
  }
  const range = status === 206 ? readContentRange(headers) : { start: 0, total: lengthOf(headers) };
  const validator = validatorOf(headers);
  const fits = status === 200 || (range !== undefined && range.start === begun?.bytes);
  const same = status === 200 || validator === undefined || validator === begun?.validator;
  if (range === undefined || !fits || !same) {
    return broken(url, 0, false, 'another part of the file came than was asked for');
  }
  if (range.total !== undefined && range.total > bytesMax) {
    return refused({ code: 'too_large', url: url.href, bytesMax });
  }
  return { at: range.start, validator: validator ?? begun?.validator, total: range.total };
}

function judgeStatus({ status, headers }: Response, url: URL): Attempt {
  const failure = { code: 'http_status', url: url.href, status } as const;
  const passing = status >= 500 || [408, 425, 429].includes(status);
  if (!passing) return refused(failure);
  const seconds = Number(headers.get('retry-after') ?? '0');
  const retryAfterMs = Number.isFinite(seconds) ? Math.min(seconds * 1000, retryAfterMsMax) : 0;
  return { state: 'broken', failure, grew: false, retryAfterMs };
}

async function receive(
  response: Response,
  url: URL,
  path: string,
  start: Start,
  { limits, onProgress }: AttemptOptions,
  watch: Watch,
): Promise<Attempt> {
  const { at, total, validator } = start;
  const file = await open(partialPath(path), at === 0 ? 'w' : 'a');
  let bytes = at;
  try {
    if (at === 0) await notePartial(path, url, { validator, total });
    for await (const piece of response.body ?? []) {
      watch.heard();
      bytes += piece.length;
      if (bytes > Math.min(limits.bytesMax, total ?? limits.bytesMax)) {
        return refused({ code: 'too_large', url: url.href, bytesMax: limits.bytesMax });
      }
      await file.writeFile(piece);
      onProgress?.(bytes, total);
    }
    await file.sync();
  } catch (thrown) {
    return broken(url, bytes, bytes > at, describe(thrown));
  } finally {
    await file.close();
  }
  if (total === undefined || bytes === total) return { state: 'whole' };
  return broken(url, bytes, bytes > at, `the file ended after ${bytes} of ${total} bytes`);
}

function broken(url: URL, bytes: number, grew: boolean, why: string): Attempt {
  const failure = { code: 'download_interrupted', url: url.href, bytes, why } as const;
  return { state: 'broken', failure, grew };
}

function refused(failure: DownloadFailure): Attempt {
  return { state: 'refused', failure };
}

/** If-Range makes a server whose file has changed send it whole. */
function rangeOf(begun: Partial | undefined): Record<string, string> {
  if (begun?.validator === undefined || begun.bytes === 0) return {};
  return { range: `bytes=${begun.bytes}-`, 'if-range': begun.validator };
}

/** Weak ETags do not promise equal bytes, and If-Range forbids them. */
function validatorOf(headers: Headers): string | undefined {
  const etag = headers.get('etag');
  if (etag !== null && !etag.startsWith('W/')) return etag;
  return headers.get('last-modified') ?? undefined;
}

/** `bytes 1000-1999/2000` */
function readContentRange(
  headers: Headers,
): { readonly start: number; readonly total: number | undefined } | undefined {
  const text = headers.get('content-range') ?? '';
  const match = /^bytes (\d{1,15})-\d{1,15}\/(\d{1,15}|\*)$/.exec(text);
  if (match === null) return undefined;
  const total = match[2] === '*' ? undefined : Number(match[2]);
  return { start: Number(match[1]), total };
}

function lengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

/** Weights over plain http could be anybody's; a server on this machine is the user's own. */
function isAllowed(url: URL): boolean {
  if (url.protocol === 'https:') return true;
  return url.protocol === 'http:' && ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
}

interface Watch {
  readonly signal: AbortSignal;
  heard(): void;
  stop(): void;
}

function createWatch({ limits, clock }: AttemptOptions): Watch {
  const controller = new AbortController();
  const end = (why: string): void => controller.abort(new Error(why));
  const silent = `nothing came for ${limits.stallMsMax / 1000} s`;
  const stall = setTimeout(() => end(silent), limits.stallMsMax);
  const leftMs = Math.max(0, limits.endMs - clock());
  const whole = setTimeout(() => end('it took too long'), leftMs);
  return {
    signal: controller.signal,
    heard: () => void stall.refresh(),
    stop() {
      clearTimeout(stall);
      clearTimeout(whole);
    },
  };
}

function describe(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown).slice(0, quoteCharsMax);
  const cause = thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
  return cause.slice(0, quoteCharsMax);
}
