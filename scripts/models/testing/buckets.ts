import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { REAL_TIMING, type Timing } from '../pull/timing.ts';
import { createManagedR2 } from '../store/local-bucket.ts';
import type { ManagedObjects } from '../store/managed-objects.ts';
import { createS3Objects } from '../store/s3-objects.ts';
import type { S3Settings } from '../store/s3-settings.ts';

/** One bucket of R2 on a real workerd, by its binding and over R2's own S3 API on a socket. */
export interface Buckets {
  readonly r2: ManagedObjects;
  readonly s3: ManagedObjects;
  readonly settings: S3Settings;
  close(): Promise<void>;
}

const BUCKET = 'razorbill-models';
const CREDENTIALS = { accessKeyId: 'auk', secretAccessKey: 'a secret of 16+ characters' };

export async function openBuckets(timing: Timing = REAL_TIMING): Promise<Buckets> {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-buckets-'));
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: 'export default { fetch: () => new Response("") };',
      host: '127.0.0.1',
      port: 0,
      cf: false,
      // What it says of connections that a test cut.
      handleStructuredLogs: () => undefined,
      r2Buckets: { MODELS: { id: BUCKET, s3Credentials: CREDENTIALS } },
      resourcePersistencePath: folder,
    }),
  );
  const endpoint = `${(await runtime.ready).origin}/cdn-cgi/local/r2/s3`;
  const settings = { endpoint, bucket: BUCKET, region: 'auto', ...CREDENTIALS };
  const { MODELS } = await runtime.getBindings<{ MODELS: never }>();
  return {
    r2: createManagedR2(MODELS, 'a bucket of a test'),
    s3: createS3Objects(settings, timing),
    settings,
    async close() {
      await runtime.dispose();
      rmSync(folder, { recursive: true });
    },
  };
}
