import { join } from 'node:path';
import type { ObjectFailure } from '../../../src/model/objects.ts';
import { type Bucket, createR2Objects } from '../../../src/model/r2.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { backoffMs, REAL_TIMING, type Timing } from '../pull/timing.ts';
import { keyPagesMax, keysPageMax, requestTriesMax } from './limits.ts';
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

/**
 * A bucket's binding as Node has it, which is HTTP to workerd on this machine: under load such a
 * connection breaks now and then. Each of these calls may be made again.
 */
export function createManagedR2(
  bucket: RemovableBucket,
  place: string,
  timing: Timing = REAL_TIMING,
): ManagedObjects {
  const objects = createR2Objects(bucket);
  const again = <T>(call: Call<T>): ReturnType<Call<T>> => tryAgain(call, timing);
  return {
    place,
    get: (key) => again(() => objects.get(key)),
    head: (key) => again(() => objects.head(key)),
    put: (key, bytes) => again(() => objects.put(key, bytes)),
    putOnce: (key, bytes) => again(() => objects.putOnce(key, bytes)),
    list: (prefix, keysMax) =>
      again(() => attempt(`list ${prefix}`, () => listAll(bucket, prefix, keysMax))),
    remove: (key) => again(() => attempt(`delete ${key}`, () => bucket.delete(key))),
  };
}

type Call<T> = () => Promise<Result<T, ObjectFailure>>;

async function tryAgain<T>(call: Call<T>, timing: Timing): ReturnType<Call<T>> {
  for (let tries = 1; ; tries++) {
    const outcome = await call();
    if (outcome.ok || tries === requestTriesMax) return outcome;
    await timing.sleep(backoffMs(tries, timing.random()));
  }
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
