import { createHash } from 'node:crypto';
import { AwsClient } from 'aws4fetch';
import { readKeysPage } from '../../../src/container/s3-list.ts';
import type { ObjectFailure } from '../../../src/model/objects.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { backoffMs, type Timing } from '../pull/timing.ts';
import {
  errorCharsMax,
  keyPagesMax,
  keysPageMax,
  requestMsMax,
  requestTriesMax,
} from './limits.ts';
import type { ManagedObjects } from './managed-objects.ts';
import type { S3Settings } from './s3-settings.ts';

interface Request {
  readonly method: 'GET' | 'HEAD' | 'PUT' | 'DELETE';
  readonly key: string;
  readonly query?: URLSearchParams;
  readonly body?: Uint8Array<ArrayBuffer>;
  readonly headers?: Readonly<Record<string, string>>;
  /** Statuses beside 2xx that are answers, not failures. */
  readonly accepts?: readonly number[];
}

type Send = (request: Request) => Promise<Result<Response, ObjectFailure>>;

/**
 * A bucket over the S3 API: R2's, or any other's. One request puts one object whole, and its
 * SHA-256 is signed with it: the server refuses bytes that changed or ended on their way, so an
 * interrupted upload leaves nothing. https://developers.cloudflare.com/r2/api/s3/api/
 */
export function createS3Objects(settings: S3Settings, timing: Timing): ManagedObjects {
  const send = createSender(settings, timing);
  return {
    place: `bucket ${settings.bucket} of ${new URL(settings.endpoint).host}`,
    async get(key) {
      const response = await send({ method: 'GET', key, accepts: [404] });
      if (!response.ok) return response;
      const { status, body, headers } = response.value;
      if (status === 404) return ok(undefined);
      const bytes = lengthOf(headers);
      if (bytes === undefined || body === null) return noLength(settings, key);
      return ok({ bytes, body });
    },
    async head(key) {
      const response = await send({ method: 'HEAD', key, accepts: [404] });
      if (!response.ok) return response;
      if (response.value.status === 404) return ok(undefined);
      const bytes = lengthOf(response.value.headers);
      return bytes === undefined ? noLength(settings, key) : ok(bytes);
    },
    async put(key, bytes) {
      const response = await send({ method: 'PUT', key, body: plain(bytes) });
      return response.ok ? ok(undefined) : response;
    },
    async putOnce(key, bytes) {
      const headers = { 'if-none-match': '*' };
      const put = { method: 'PUT', key, body: plain(bytes), headers, accepts: [412] } as const;
      const response = await send(put);
      if (!response.ok) return response;
      return ok(response.value.status === 412 ? 'present' : 'written');
    },
    list: (prefix, keysMax) => list(send, settings, prefix, keysMax),
    async remove(key) {
      const response = await send({ method: 'DELETE', key, accepts: [404] });
      return response.ok ? ok(undefined) : response;
    },
  };
}

function createSender(settings: S3Settings, timing: Timing): Send {
  const { endpoint, bucket, region, accessKeyId, secretAccessKey } = settings;
  // Its own retries use a clock and randomness that cannot be held still.
  const client = new AwsClient({ accessKeyId, secretAccessKey, region, service: 's3', retries: 0 });

  async function attempt(request: Request): Promise<Result<Response, Refusal>> {
    const { method, key, query, body, headers, accepts = [] } = request;
    const path = `/${bucket}${key === '' ? '' : `/${key}`}`;
    const address = `${endpoint}${path}${query === undefined ? '' : `?${query}`}`;
    const sha256 = createHash('sha256')
      .update(body ?? '')
      .digest('hex');
    const signed = { ...headers, 'x-amz-content-sha256': sha256 };
    const signal = AbortSignal.timeout(requestMsMax);
    try {
      const init = { method, headers: signed, signal, ...(body === undefined ? {} : { body }) };
      const response = await client.fetch(address, init);
      if (response.ok || accepts.includes(response.status)) return ok(response);
      const passing = response.status >= 500 || [408, 409, 429].includes(response.status);
      return fail({ passing, detail: await describe(response) });
    } catch (thrown) {
      return fail({ passing: true, detail: describeThrown(thrown) });
    }
  }

  return async (request) => {
    const { method, key } = request;
    for (let tries = 1; ; tries++) {
      const response = await attempt(request);
      if (response.ok) return response;
      const { passing, detail } = response.failure;
      if (!passing || tries === requestTriesMax) {
        return fail({ code: 'model_unavailable', detail: `${method} ${bucket}/${key}: ${detail}` });
      }
      await timing.sleep(backoffMs(tries, timing.random()));
    }
  };
}

interface Refusal {
  /** Worth another try. */
  readonly passing: boolean;
  readonly detail: string;
}

/** `403 SignatureDoesNotMatch: The request signature …` */
async function describe(response: Response): Promise<string> {
  const text = (await response.text().catch(() => '')).slice(0, errorCharsMax);
  const code = /<Code>([^<]*)<\/Code>/.exec(text)?.[1];
  const message = /<Message>([^<]*)<\/Message>/.exec(text)?.[1];
  return [response.status, [code, message].filter(Boolean).join(': ')].join(' ').trim();
}

function describeThrown(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown);
  return thrown.cause instanceof Error ? thrown.cause.message : thrown.message;
}

async function list(
  send: Send,
  settings: S3Settings,
  prefix: string,
  keysMax: number,
): ReturnType<ManagedObjects['list']> {
  const keys: string[] = [];
  let next: string | undefined;
  for (let page = 0; page < keyPagesMax && keys.length < keysMax; page++) {
    const count = String(Math.min(keysPageMax, keysMax - keys.length));
    const query = new URLSearchParams({ 'list-type': '2', prefix, 'max-keys': count });
    if (next !== undefined) query.set('continuation-token', next);
    const response = await send({ method: 'GET', key: '', query });
    if (!response.ok) return response;
    const text = await response.value.text().catch(() => '');
    const read = readKeysPage(text);
    if (read === undefined) {
      const detail = `GET ${settings.bucket}: no list of keys came back`;
      return fail({ code: 'model_unavailable', detail });
    }
    keys.push(...read.keys);
    next = read.next;
    if (next === undefined) break;
  }
  return ok(keys.slice(0, keysMax));
}

function lengthOf(headers: Headers): number | undefined {
  const text = headers.get('content-length');
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function noLength(
  { bucket }: S3Settings,
  key: string,
): { readonly ok: false; readonly failure: ObjectFailure } {
  return fail({ code: 'model_unavailable', detail: `${bucket}/${key}: its length did not come` });
}

/** Requests take no views of shared memory, as the types of Node's buffers allow. */
function plain(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer
    ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length)
    : new Uint8Array(bytes);
}
