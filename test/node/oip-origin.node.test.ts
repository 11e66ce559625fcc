// The Open Inference Protocol as the origin serves it: the same cases, over the same routes.
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeBucketFolder } from './bucket-folder.ts';
import { readOipSuite } from './oip-cases.ts';
import { expectChecks, readTiny, send } from './oip-client.ts';
import { type OriginProcess, startOriginProcess } from './origin-process.ts';
import { sharedFolder } from './workers.ts';

const folder = sharedFolder('suites/oip');
if (folder === undefined) console.error('OIP at the origin: skipped, the suite is absent');

describe.skipIf(folder === undefined)('the Open Inference Protocol at the origin', () => {
  const suite = folder === undefined ? undefined : readOipSuite(folder);
  let bucket: string;
  let origin: OriginProcess;

  beforeAll(async () => {
    if (suite === undefined || folder === undefined) return;
    bucket = writeBucketFolder([readTiny(suite, folder)]);
    const { model, max_body_bytes: limit } = suite.server;
    const env = { ORIGIN_MODELS: bucket, DEFAULT_MODEL: model, MAX_BODY_BYTES: `${limit}` };
    origin = await startOriginProcess(env);
  });

  afterAll(async () => {
    origin.child.kill('SIGKILL');
    await origin.ended;
    rmSync(bucket, { recursive: true });
  });

  // Readiness asks for the golden picture, which is one of another model than this.
  const cases = suite?.cases.filter(({ id }) => id !== 'o002') ?? [];

  it.each(cases.map((c) => [`${c.id} ${c.title}`, c] as const))('%s', async (_name, given) => {
    if (suite === undefined) return expect.unreachable();
    const reply = await send(origin.url, given, suite);
    const said = new TextDecoder().decode(reply.body).slice(0, 300);
    expect(given.expect.status, said).toContain(reply.status);
    expectChecks(reply, given.expect.checks);
  });
});
