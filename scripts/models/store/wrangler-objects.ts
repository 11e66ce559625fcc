import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ObjectFailure } from '../../../src/model/objects.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import type { Ran, RunWrangler } from '../../deploy/run-wrangler.ts';
import type { ManagedObjects } from './managed-objects.ts';

/**
 * A bucket of the account that wrangler is logged in to: no S3 keys are needed, one process a call
 * is paid. wrangler lists no objects and takes at most 300 MB each.
 */
export function createWranglerObjects(bucket: string, wrangler: RunWrangler): ManagedObjects {
  const object = (verb: string, key: string, ...more: string[]): Promise<Ran> =>
    wrangler(['r2', 'object', verb, `${bucket}/${key}`, '--remote', ...more]);

  async function read(
    key: string,
  ): Promise<Result<Uint8Array<ArrayBuffer> | undefined, ObjectFailure>> {
    return withFile(async (file) => {
      const ran = await object('get', key, '--file', file);
      if (ran.status === 0) return ok(new Uint8Array(readFileSync(file)));
      return isMissing(ran) ? ok(undefined) : failed(`get ${key}`, ran);
    });
  }

  async function put(key: string, bytes: Uint8Array): Promise<Result<void, ObjectFailure>> {
    return withFile(async (file) => {
      writeFileSync(file, bytes);
      const ran = await object('put', key, '--file', file);
      return ran.status === 0 ? ok(undefined) : failed(`put ${key}`, ran);
    });
  }

  return {
    place: `bucket ${bucket}`,
    put,
    async get(key) {
      const found = await read(key);
      if (!found.ok || found.value === undefined) return found.ok ? ok(undefined) : found;
      const bytes = found.value;
      return ok({ bytes: bytes.length, body: new Blob([bytes]).stream() });
    },
    async head(key) {
      const found = await read(key);
      return found.ok ? ok(found.value?.length) : found;
    },
    // Not atomic, which only matters where two people publish different bytes under one key; such
    // keys here are digests of what they hold.
    async putOnce(key, bytes) {
      const found = await read(key);
      if (!found.ok) return found;
      if (found.value !== undefined) return ok('present');
      const written = await put(key, bytes);
      return written.ok ? ok('written') : written;
    },
    async list(prefix) {
      const detail = `list ${prefix}: wrangler lists no objects, use --bucket s3`;
      return fail({ code: 'model_unavailable', detail });
    },
    async remove(key) {
      const ran = await object('delete', key);
      return ran.status === 0 ? ok(undefined) : failed(`delete ${key}`, ran);
    },
  };
}

function isMissing({ stdout, stderr }: Ran): boolean {
  return `${stdout}${stderr}`.includes('The specified key does not exist');
}

function failed(what: string, { stdout, stderr }: Ran): Result<never, ObjectFailure> {
  const why = `${stdout}${stderr}`.match(/\[ERROR\] (.*)/)?.[1] ?? 'wrangler failed';
  return fail({ code: 'model_unavailable', detail: `${what}: ${why}` });
}

async function withFile<T>(work: (file: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-object-'));
  try {
    return await work(join(folder, 'object'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
