import { fail, ok, type Result } from '../result.ts';
import type { ObjectFailure, ObjectStore } from './objects.ts';

/** What of an `R2Bucket` is used here; so scripts on Node can give theirs. */
export interface Bucket {
  get(key: string): Promise<{
    readonly size: number;
    readonly body: ReadableStream<Uint8Array>;
  } | null>;
  head(key: string): Promise<{ readonly size: number } | null>;
  put(key: string, bytes: Uint8Array, options?: { onlyIf: Headers }): Promise<object | null>;
  list(options: {
    readonly prefix: string;
    readonly limit: number;
  }): Promise<{ readonly objects: ReadonlyArray<{ readonly key: string }> }>;
}

/** Models in a bucket of R2. Its errors, all of them, mean: not now. */
export function createR2Objects(bucket: Bucket): ObjectStore {
  return {
    get: (key) =>
      attempt(async () => {
        const object = await bucket.get(key);
        return object === null ? undefined : { bytes: object.size, body: object.body };
      }),
    head: (key) => attempt(async () => (await bucket.head(key))?.size),
    put: (key, bytes) =>
      attempt(async () => {
        await bucket.put(key, bytes);
      }),
    putOnce: (key, bytes) =>
      attempt(async () => {
        const onlyIf = new Headers({ 'if-none-match': '*' });
        const written = await bucket.put(key, bytes, { onlyIf });
        return written === null ? 'present' : 'written';
      }),
    list: (prefix, keysMax) =>
      attempt(async () => {
        const page = await bucket.list({ prefix, limit: keysMax });
        return page.objects.map((object) => object.key);
      }),
  };
}

async function attempt<T>(call: () => Promise<T>): Promise<Result<T, ObjectFailure>> {
  try {
    return ok(await call());
  } catch (thrown) {
    const detail = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'model_unavailable', detail });
  }
}
