import { join } from 'node:path';
import { convertV4MiniflareOptions, Miniflare } from 'miniflare';
import { unstable_getMiniflareWorkerOptions as readOptions, unstable_readConfig } from 'wrangler';
import { bundleWorker } from './bundle.ts';
import { listWorkerds, type ProcessUse, watchProcess } from './process.ts';

/** Workers as they are deployed, in one workerd without wrangler's proxy before it. */
export interface Workerd {
  /** Without a slash at the end. */
  readonly url: string;
  /** `http://host:port` of the inspector; every Worker is in its list of targets. */
  readonly inspector: string;
  /** The process that all of them run in; undefined where the system does not tell. */
  readonly use: ProcessUse | undefined;
  stop(): Promise<void>;
}

export interface WorkerdOptions {
  /** Requests go to the first. */
  readonly configPaths: readonly string[];
  /** Folder for bundles, made once in it; the caller deletes it. */
  readonly folder: string;
  /** As `seedModels` takes it. */
  readonly persistPath: string;
  /** Instead of the first Worker's variables. */
  readonly vars?: Readonly<Record<string, string>>;
  /** Any free one where none is given. */
  readonly port?: number;
  /** Without miniflare's own Worker in front of the first, which Cloudflare does not have. */
  readonly direct?: boolean;
}

type WorkerOptions = Parameters<typeof convertV4MiniflareOptions>[0] & object;

export async function startWorkerd(options: WorkerdOptions): Promise<Workerd> {
  const workers = options.configPaths.map((path, i) => {
    const worker = toWorker(path, options.folder, i === 0 ? (options.vars ?? {}) : {});
    return i === 0 && options.direct ? { ...worker, unsafeDirectSockets: [{ port: 0 }] } : worker;
  });
  const before = listWorkerds();
  const runtime = new Miniflare(
    convertV4MiniflareOptions({
      workers,
      host: '127.0.0.1',
      port: options.port ?? 0,
      inspectorPort: 0,
      cf: false,
      // The Worker's log lines are not what is measured here.
      handleStructuredLogs: () => undefined,
      resourcePersistencePath: join(options.persistPath, 'v3'),
    } as WorkerOptions),
  );
  const entry = (await runtime.ready).origin;
  const url = options.direct ? (await runtime.unsafeGetDirectURL()).origin : entry;
  const inspector = (await runtime.getInspectorURL()).origin.replace(/^ws/, 'http');
  const pid = [...(listWorkerds() ?? [])].find((candidate) => before?.has(candidate) === false);
  return {
    url,
    inspector,
    use: pid === undefined ? undefined : watchProcess(pid),
    stop: () => runtime.dispose(),
  };
}

function toWorker(configPath: string, folder: string, vars: Readonly<Record<string, string>>) {
  const { name } = unstable_readConfig({ config: configPath });
  const out = join(folder, 'bundles', name ?? 'unnamed');
  const { workerOptions } = readOptions(configPath);
  // Rules are for bundling, which is done; a rate limit would end a measurement; and files are
  // served before a Worker, by a platform that is not what is measured here.
  const { modulesRules: _rules, ratelimits: _limits, assets: _files, ...kept } = workerOptions;
  return {
    ...kept,
    name,
    rootPath: out,
    modulesRoot: out,
    modules: bundleWorker(configPath, out),
    bindings: { ...(kept.bindings as object), ...vars },
  };
}
