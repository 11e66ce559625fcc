import { AwsClient } from 'aws4fetch';
import type { ObjectStore } from '../model/objects.ts';
import { fail, ok, type Result } from '../result.ts';
import { createHttpObjects, type HttpFetch } from './http-objects.ts';
import { ANSWER_WITHIN_MS, LIST_PAGE_BYTES_MAX, LIST_PAGE_KEYS, LIST_PAGES_MAX } from './limits.ts';
import { type KeysPage, readKeysPage } from './s3-list.ts';

/** The same names that `npm run models -- push --bucket s3` reads. */
const NEEDED = ['S3_ENDPOINT', 'S3_BUCKET', 'S3_ACCESS_KEY_ID', 'S3_SECRET_ACCESS_KEY'] as const;

export interface MissingS3 {
  readonly code: 'missing_setting';
  readonly settings: readonly string[];
}

/** A bucket of R2 or S3 over the S3 API, read with signed requests (AWS Signature Version 4). */
export function openS3Objects(
  env: Readonly<Record<string, string | undefined>>,
): Result<ObjectStore, MissingS3> {
  const settings = NEEDED.filter((name) => (env[name] ?? '') === '');
  if (settings.length > 0) return fail({ code: 'missing_setting', settings });
  const [endpoint = '', bucket = '', accessKeyId = '', secretAccessKey = ''] = NEEDED.map((name) =>
    env[name]?.trim(),
  );
  const region = env.S3_REGION ?? 'auto';
  // Retries are the model store's business: a request that failed is told so at once.
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });
  const base = `${endpoint.replace(/\/+$/, '')}/${bucket}`;
  const signed: HttpFetch = (url, init) => client.fetch(url, init);
  return ok({
    ...createHttpObjects(base, signed),
    list: (prefix, keysMax) => listKeys(base, signed, prefix, keysMax),
  });
}

/** ListObjectsV2, page after page: a page has at most 1,000 keys, in lexical order. */
async function listKeys(
  base: string,
  httpFetch: HttpFetch,
  prefix: string,
  keysMax: number,
): ReturnType<ObjectStore['list']> {
  const keys: string[] = [];
  let next: string | undefined;
  for (let page = 0; page < LIST_PAGES_MAX && keys.length < keysMax; page++) {
    const count = `${Math.min(LIST_PAGE_KEYS, keysMax - keys.length)}`;
    const query = new URLSearchParams({ 'list-type': '2', prefix, 'max-keys': count });
    if (next !== undefined) query.set('continuation-token', next);
    const read = await readPage(`${base}?${query}`, httpFetch);
    if (typeof read === 'string') {
      return fail({ code: 'model_unavailable', detail: `keys of ${prefix}: ${read}` });
    }
    keys.push(...read.keys);
    next = read.next;
    if (next === undefined) break;
  }
  return ok(keys.slice(0, keysMax));
}

/** One page, or why there is none. */
async function readPage(url: string, httpFetch: HttpFetch): Promise<KeysPage | string> {
  try {
    const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
    const response = await httpFetch(url, { method: 'GET', signal, redirect: 'error' });
    if (response.status !== 200) {
      await response.body?.cancel();
      return `status ${response.status}`;
    }
    const text = await readText(response);
    return (text && readKeysPage(text)) || 'no list of keys came back';
  } catch {
    return 'no answer';
  }
}

/** Undefined where it is longer than a page of keys can be. */
async function readText({ body }: Response): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    // Leaving the loop cancels the stream: what is too much is not read to its end.
    if (bytes > LIST_PAGE_BYTES_MAX) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
