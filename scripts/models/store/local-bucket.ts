import { join } from 'node:path';
import type { ObjectFailure } from '../../../src/model/objects.ts';
import { type Bucket, createR2Objects } from '../../../src/model/r2.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { keyPagesMax, keysPageMax } from './limits.ts';
import type { ManagedObjects } from './managed-objects.ts';

export interface LocalBucketOptions {
  /** Names the bucket, as the binding MODELS. */
  readonly configPath: string;
  /** Where `wrangler dev --persist-to` keeps its state: the buckets lie in its folder `v3`. */
  readonly persistPath: string;
}

interface RemovableBucket extends Bucket {
  delete(key: string): Promise<void>;
  list(options: ListOptions): Promise<{
    readonly objects: ReadonlyArray<{ readonly key: string }>;
    readonly cursor?: string;
  }>;
}

interface ListOptions {
  readonly prefix: string;
  readonly limit: number;
  readonly cursor?: string;
}

export interface LocalBucket {
  readonly objects: ManagedObjects;
  dispose(): Promise<void>;
}

/** R2 on this machine: what `npm start` serves from. */
export async function openLocalBucket(options: LocalBucketOptions): Promise<LocalBucket> {
  // A second of loading that no other command needs.
  const { getPlatformProxy } = await import('wrangler');
  const { env, dispose } = await getPlatformProxy<{ MODELS: RemovableBucket }>({
    configPath: options.configPath,
    persist: { path: join(options.persistPath, 'v3') },
  });
  return {
    objects: createManagedR2(env.MODELS, `local bucket in ${options.persistPath}`),
    dispose,
  };
}

export function createManagedR2(bucket: RemovableBucket, place: string): ManagedObjects {
  return {
    ...createR2Objects(bucket),
    place,
    list: (prefix, keysMax) => attempt(`list ${prefix}`, () => listAll(bucket, prefix, keysMax)),
    remove: (key) => attempt(`delete ${key}`, () => bucket.delete(key)),
  };
}

/** The Worker is content with one page; whoever removes must know of all. */
async function listAll(
  bucket: RemovableBucket,
  prefix: string,
  keysMax: number,
): Promise<readonly string[]> {
  const keys: string[] = [];
  let cursor: string | undefined;
  for (let page = 0; page < keyPagesMax && keys.length < keysMax; page++) {
    const limit = Math.min(keysPageMax, keysMax - keys.length);
    const found = await bucket.list({ prefix, limit, ...(cursor && { cursor }) });
    keys.push(...found.objects.map((object) => object.key));
    cursor = found.cursor;
    if (cursor === undefined) break;
  }
  return keys;
}

async function attempt<T>(what: string, call: () => Promise<T>): Promise<Result<T, ObjectFailure>> {
  try {
    return ok(await call());
  } catch (thrown) {
    const why = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'model_unavailable', detail: `${what}: ${why}` });
  }
}
