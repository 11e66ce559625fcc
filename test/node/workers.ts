import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { D1Database, Queue, R2Bucket } from '@cloudflare/workers-types';
import { createTestHarness } from 'wrangler';
import { cardSchema, type ModelCard } from '../../src/model/card.ts';
import { labelListSchema } from '../../src/model/labels.ts';
import { publish } from '../../src/model/publish.ts';
import { type Bucket, createR2Objects } from '../../src/model/r2.ts';

export const ROOT: string = fileURLToPath(new URL('../../', import.meta.url));
export const SAMPLES: string = join(ROOT, 'models/samples');
export const SMALL_MODEL = 'resnet18_8xb16_cifar10';
export const LARGE_MODEL = 'resnet50_keras_in1k';

/** Both Workers as they are deployed, on a real workerd, with models in a real (local) R2. */
export interface Service {
  readonly url: string;
  readonly models: Bucket;
  readonly logs: () => string;
  /** Runs the Worker's scheduled handler. */
  sweep(): Promise<void>;
  readonly uploads: R2Bucket;
  /** Undefined unless `config` is `worldwide`. */
  readonly results: R2Bucket | undefined;
  readonly db: D1Database;
  /** To the queue of the uploads bucket: locally no bucket sends any. */
  readonly notifications: Queue;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export type Body = NonNullable<RequestInit['body']>;

export interface ServiceOptions {
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Makes the job table. */
  readonly jobs?: boolean;
  /**
   * `impatient`: queues that try again after a second; `bare`: no binding of webhooks; `trapping`:
   * an engine whose kernels trap when they run; `worldwide`: a bucket of results; `metered`: that
   * bucket, a dataset that can be read, and a meter at what is billed.
   */
  readonly config?: keyof typeof VARIANTS;
  /** Names of embedded models to publish. */
  readonly models?: readonly string[];
}

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_SEND_METRICS = 'false';
  process.env.WRANGLER_WRITE_LOGS = 'false';
  const vars = { DEFAULT_MODEL: SMALL_MODEL, ...options.vars };
  const main = { vars, secrets: { ...options.secrets } };
  const harness = createTestHarness({
    workers: [
      { ...main, configPath: writeConfig(options.config) },
      { configPath: join(ROOT, 'src/engine/ort/wrangler.toml') },
      { config: SENDER },
    ],
  });
  const { url } = await harness.listen();
  const env = await harness.getWorker<Bindings>().getEnv();
  const sender = await harness.getWorker<{ NOTIFICATIONS: Queue }>(SENDER.name).getEnv();
  if (options.jobs === true) await harness.getWorker().applyD1Migrations('DB');
  for (const name of options.models ?? [SMALL_MODEL]) {
    const published = await publish(createR2Objects(env.MODELS), readEmbedded(name));
    if (!published.ok) throw new Error(`${name}: ${JSON.stringify(published.failure)}`);
  }
  const base = url.toString().replace(/\/$/, '');
  return {
    url: base,
    models: env.MODELS,
    uploads: env.UPLOADS,
    results: env.RESULTS,
    db: env.DB,
    notifications: sender.NOTIFICATIONS,
    async sweep() {
      await harness.getWorker().scheduled({ cron: '* * * * *', scheduledTime: new Date() });
    },
    logs: () => JSON.stringify(harness.getLogs()),
    fetch: (path, init) => fetch(`${base}${path}`, init),
    close: () => harness.close(),
  };
}

interface Bindings {
  readonly MODELS: Bucket;
  readonly UPLOADS: R2Bucket;
  readonly RESULTS?: R2Bucket;
  readonly DB: D1Database;
}

/** A Worker that only sends what a bucket would. */
const SENDER = {
  name: 'razorbill-sender',
  main: join(ROOT, 'test/worker/empty.ts'),
  compatibility_date: '2026-10-01',
  queues: { producers: [{ binding: 'NOTIFICATIONS', queue: 'razorbill-uploads' }] },
};

const VARIANTS = {
  impatient: (config: string) => config.replaceAll(/^retry_delay = \d+$/gm, 'retry_delay = 1'),
  bare: (config: string) => config.replace(/^# Webhooks and uploads:[\s\S]*?(?=^# The sweep)/m, ''),
  trapping: (config: string) => config.replace(/^main = .*$/m, `main = "${writeTrapping()}"`),
  worldwide: (config: string) =>
    `${config}\n[[r2_buckets]]\nbinding = "RESULTS"\nbucket_name = "razorbill-results"\n`,
  metered: (config: string) =>
    VARIANTS.worldwide(config).replace(/^main = .*$/m, 'main = "test/worker/metered/worker.ts"'),
} as const;

/** Our own configuration, or a variant of it where its relative paths lead to the same. */
function writeConfig(variant: keyof typeof VARIANTS | undefined): string {
  const own = join(ROOT, 'wrangler.toml');
  if (variant === undefined) return own;
  const path = join(ROOT, `build/${variant}.toml`);
  const config = VARIANTS[variant](readFileSync(own, 'utf8'));
  writeFileSync(path, config.replaceAll(/^(main|migrations_dir|directory) = "/gm, '$1 = "../'));
  return path;
}

/** The Worker's own entry over other kernels (`buildTestKernels`); its path from the root. */
function writeTrapping(): string {
  const path = 'build/worker-trapping.ts';
  const entry = readFileSync(join(ROOT, 'src/worker.ts'), 'utf8')
    .replaceAll(" from './", " from '../src/")
    .replace("'../build/simd.wasm'", "'./simd-trapping.wasm'");
  if (!entry.includes('simd-trapping')) throw new Error('src/worker.ts imports other kernels');
  writeFileSync(join(ROOT, path), entry);
  return path;
}

export function readEmbedded(name: string): Parameters<typeof publish>[1] {
  const card = readCard(name);
  const read = (file: string): unknown =>
    JSON.parse(readFileSync(join(ROOT, 'models', file), 'utf8'));
  return {
    card,
    labels: labelListSchema.parse(read(`labels/${card.labels}.json`)),
    graph: new Uint8Array(readFileSync(join(ROOT, 'models', `${name}.onnx`))),
  };
}

export function readCard(name: string): ModelCard {
  return cardSchema.parse(JSON.parse(readFileSync(join(ROOT, 'models', `${name}.json`), 'utf8')));
}

export function readSample(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(SAMPLES, name)));
}

/** A folder of the reference data that lies beside the project on some machines only. */
export function sharedFolder(path: string): string | undefined {
  const folder = join(ROOT, '..', 'shared', path);
  return existsSync(folder) && readdirSync(folder).length > 0 ? folder : undefined;
}
