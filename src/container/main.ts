// The origin: `npm run origin`, or the container's command. The Worker's pipeline and routes over
// native ONNX Runtime, with batches; probes, metrics, and a drain when it is told to go.
import { fileURLToPath } from 'node:url';
import { serve } from '@hono/node-server';
import { chooseProviders } from '../engine/node/providers.ts';
import type { ObjectStore } from '../model/objects.ts';
import { ok, type Result } from '../result.ts';
import { createConsoleTelemetry } from '../telemetry/console.ts';
import { createEmbeddedObjects } from './embedded-objects.ts';
import { createFolderObjects } from './folder-objects.ts';
import { createHttpObjects } from './http-objects.ts';
import { KEEP_ALIVE_MS } from './limits.ts';
import { type MissingS3, openS3Objects } from './s3-objects.ts';
import { parseSettings } from './settings.ts';
import { wireOrigin } from './wire.ts';

const EMBEDDED = fileURLToPath(new URL('../../models', import.meta.url));

process.exitCode = await main();

async function main(): Promise<number> {
  const settings = parseSettings(process.env);
  const telemetry = createConsoleTelemetry(settings.ok ? settings.value.logLevel : 'error');
  if (!settings.ok) {
    for (const problem of settings.failure.problems)
      telemetry.log('error', 'misconfigured', problem);
    return 2;
  }
  const providers = await chooseProviders(settings.value.providers);
  if (!providers.ok) {
    telemetry.log('error', 'provider_missing', { ...providers.failure });
    return 2;
  }
  const objects = openObjects(settings.value.models);
  if (!objects.ok) {
    const names = objects.failure.settings.join(', ');
    telemetry.log('error', 'misconfigured', {
      setting: names,
      fix: 'ORIGIN_MODELS is s3: set them',
    });
    return 2;
  }
  const origin = wireOrigin({
    settings: settings.value,
    providers: providers.value,
    objects: objects.value,
    telemetry,
    clock: Date.now,
    newId: () => crypto.randomUUID(),
    random: (bytes) => void crypto.getRandomValues(bytes),
  });
  const { host: hostname, port, drainMs } = settings.value;
  const serverOptions = { keepAliveTimeout: KEEP_ALIVE_MS };
  const server = serve({ fetch: origin.fetch, hostname, port, serverOptions }, (address) => {
    const facts = { port: address.port, providers: providers.value.join(',') };
    telemetry.log('info', 'listening', facts);
  });
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
  telemetry.log('info', 'draining', { open: origin.open() });
  origin.drain();
  const untilMs = Date.now() + drainMs;
  while (origin.open() > 0 && Date.now() < untilMs) await pause(20);
  await origin.settle();
  server.close();
  const left = origin.open();
  telemetry.log('info', 'drained', { left });
  return left === 0 ? 0 : 1;
}

function openObjects(models: string): Result<ObjectStore, MissingS3> {
  if (models === 'embedded') return ok(createEmbeddedObjects(EMBEDDED));
  if (models === 's3') return openS3Objects(process.env);
  const remote = /^https?:\/\//.test(models);
  return ok(remote ? createHttpObjects(models) : createFolderObjects(models));
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
