import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
  readonly uploads: Bucket;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  close(): Promise<void>;
}

export type Body = NonNullable<RequestInit['body']>;

export interface ServiceOptions {
  readonly vars?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, string>>;
  /** Makes the job table. */
  readonly jobs?: boolean;
  /** Names of embedded models to publish. */
  readonly models?: readonly string[];
}

export async function startService(options: ServiceOptions = {}): Promise<Service> {
  process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';
  process.env.WRANGLER_SEND_METRICS = 'false';
  process.env.WRANGLER_WRITE_LOGS = 'false';
  const vars = { DEFAULT_MODEL: SMALL_MODEL, ...options.vars };
  const harness = createTestHarness({
    workers: [
      { configPath: join(ROOT, 'wrangler.toml'), vars, secrets: { ...options.secrets } },
      { configPath: join(ROOT, 'src/engine/ort/wrangler.toml') },
    ],
  });
  const { url } = await harness.listen();
  const env = await harness.getWorker<{ MODELS: Bucket; UPLOADS: Bucket }>().getEnv();
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
    async sweep() {
      await harness.getWorker().scheduled({ cron: '* * * * *', scheduledTime: new Date() });
    },
    logs: () => JSON.stringify(harness.getLogs()),
    fetch: (path, init) => fetch(`${base}${path}`, init),
    close: () => harness.close(),
  };
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
