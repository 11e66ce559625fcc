import { join } from 'node:path';
import type { EnumArgDef } from 'citty';
import { fail, ok, type Result } from '../../../src/result.ts';
import type { DeployFailure } from '../../deploy/failure.ts';
import { createRunWrangler } from '../../deploy/run-wrangler.ts';
import { readTarget } from '../../deploy/target.ts';
import { type LockFailure, withLock } from '../pull/lock.ts';
import { REAL_TIMING } from '../pull/timing.ts';
import { openLocalBucket } from '../store/local-bucket.ts';
import type { ManagedObjects } from '../store/managed-objects.ts';
import { createS3Objects } from '../store/s3-objects.ts';
import { readS3Settings, type S3SettingsFailure } from '../store/s3-settings.ts';
import { createWranglerObjects } from '../store/wrangler-objects.ts';
import { ROOT, STATE } from './paths.ts';

export const BUCKET_ARGUMENT: EnumArgDef = {
  type: 'enum',
  options: ['local', 's3'],
  description:
    'local: what npm start serves from; s3: R2 or another by S3_ENDPOINT, S3_BUCKET, ' +
    'S3_ACCESS_KEY_ID, S3_SECRET_ACCESS_KEY',
  default: 'local',
};

/** Whether the bucket that `--bucket` names can be spoken to, as far as settings tell. */
export function checkBucket(which: string | undefined): Result<unknown, S3SettingsFailure> {
  return which === 's3' ? readS3Settings(process.env) : ok(undefined);
}

/** Work on the bucket that `--bucket` names. The local one is opened by one run at a time. */
export async function withBucket<T, F>(
  which: string | undefined,
  work: (objects: ManagedObjects) => Promise<Result<T, F>>,
): Promise<Result<T, F | S3SettingsFailure | LockFailure>> {
  if (which === 's3') {
    const settings = readS3Settings(process.env);
    return settings.ok
      ? work(createS3Objects(settings.value, REAL_TIMING))
      : fail(settings.failure);
  }
  return withLock(join(STATE, 'models'), async () => {
    const configPath = join(ROOT, 'wrangler.toml');
    const bucket = await openLocalBucket({ configPath, persistPath: STATE });
    try {
      return await work(bucket.objects);
    } finally {
      await bucket.dispose();
    }
  });
}

/** Work on the models' bucket of a deployed environment, by wrangler's login. */
export async function withDeployedBucket<T, F>(
  environment: string,
  work: (objects: ManagedObjects) => Promise<Result<T, F>>,
): Promise<Result<T, F | DeployFailure>> {
  const target = readTarget(ROOT, environment);
  if (!target.ok) return target;
  const bucket = target.value.buckets.find(({ binding }) => binding === 'MODELS')?.name ?? '';
  return work(createWranglerObjects(bucket, createRunWrangler(ROOT)));
}
