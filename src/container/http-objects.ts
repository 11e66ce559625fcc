import type { ObjectFailure, ObjectStore } from '../model/objects.ts';
import { fail, ok, type Result } from '../result.ts';
import { ANSWER_WITHIN_MS } from './limits.ts';
import { readOnly } from './read-only.ts';

export type HttpFetch = (url: string, init: RequestInit) => Promise<Response>;

/**
 * A bucket behind https, such as an R2 bucket's own domain: keys are paths. It can be read and not
 * listed, so GET /v1/models tells nothing there; models are asked for by name or digest.
 * `httpFetch` may sign requests, as the S3 API wants it.
 */
export function createHttpObjects(base: string, httpFetch: HttpFetch = fetch): ObjectStore {
  async function ask(method: string, key: string): Promise<Result<Response, ObjectFailure>> {
    const url = `${base.replace(/\/+$/, '')}/${key.split('/').map(encodeURIComponent).join('/')}`;
    try {
      const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
      return ok(await httpFetch(url, { method, signal, redirect: 'error' }));
    } catch {
      return away(key, 'no answer');
    }
  }
  return {
    ...readOnly(),
    async get(key) {
      const asked = await ask('GET', key);
      if (!asked.ok) return asked;
      const { status, body, headers } = asked.value;
      const length = headers.get('content-length') ?? '';
      if (status === 200 && body !== null && /^\d{1,15}$/.test(length)) {
        return ok({ bytes: Number(length), body: body as ReadableStream<Uint8Array> });
      }
      await body?.cancel();
      return status === 404 ? ok(undefined) : away(key, `status ${status}`);
    },
    async head(key) {
      const asked = await ask('HEAD', key);
      if (!asked.ok) return asked;
      const { status, headers } = asked.value;
      if (status === 404) return ok(undefined);
      return status === 200
        ? ok(Number(headers.get('content-length')))
        : away(key, `status ${status}`);
    },
    list: async () => ok([]),
  };
}

function away(key: string, why: string): { readonly ok: false; readonly failure: ObjectFailure } {
  return fail({ code: 'model_unavailable', detail: `${key}: ${why}` });
}
