import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Started, startOrigin } from '../overload/origin-process.ts';
import { seedModels } from '../seed.ts';
import { writeModelsFolder } from '../workerd/models-folder.ts';
import { startWorkerd } from '../workerd/workerd.ts';
import { type FaultyProxy, startProxy } from './proxy.ts';

/**
 * The Worker as it is deployed, its origin's process, and between them a proxy that misbehaves. The
 * Worker is on workerd alone: wrangler's test harness makes its outgoing calls in Node, and an
 * answer that breaks off in the middle never ends there.
 */
export interface FaultWorld {
  /** Of the Worker, without a slash at the end. */
  readonly url: string;
  readonly proxy: FaultyProxy;
  readonly origin: Started;
  close(): Promise<void>;
}

export async function startFaultWorld(
  model: string,
  vars: Readonly<Record<string, string>> = {},
): Promise<FaultWorld> {
  const folder = mkdtempSync(join(tmpdir(), 'razorbill-faults-'));
  const modelsDir = writeModelsFolder(folder, [model]);
  const configPath = 'wrangler.toml';
  await seedModels({ configPath, persistPath: folder, modelsDir });
  const origin = await startOrigin({ DEFAULT_MODEL: model });
  const proxy = await startProxy(origin.url);
  const worker = await startWorkerd({
    configPaths: [configPath, 'src/engine/ort/wrangler.toml'],
    folder,
    persistPath: folder,
    vars: { DEFAULT_MODEL: model, ORIGIN_URL: proxy.url, ...vars },
  });
  return {
    url: worker.url,
    proxy,
    origin,
    async close() {
      await worker.stop();
      proxy.close();
      origin.child.kill('SIGTERM');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
