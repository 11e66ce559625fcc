import { AwsClient } from 'aws4fetch';
import type { ObjectStore } from '../model/objects.ts';
import { fail, ok, type Result } from '../result.ts';
import { createHttpObjects } from './http-objects.ts';

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
  return ok(createHttpObjects(base, (url, init) => client.fetch(url, init)));
}
