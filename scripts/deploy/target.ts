import { join } from 'node:path';
import { fail, ok, type Result } from '../../src/result.ts';
import type { DeployFailure } from './failure.ts';
import { readWorkerConfig } from './worker-config.ts';

/** What one environment of wrangler.toml is made of. */
export interface Target {
  readonly environment: string;
  readonly worker: string;
  /** Where the platform chose the Worker's name (Workers Builds): it stands in no file. */
  readonly nameGiven: boolean;
  readonly ortWorker: string;
  readonly buckets: ReadonlyArray<{ readonly binding: string; readonly name: string }>;
  /** The dead letters' first: the others name it. */
  readonly queues: readonly string[];
  readonly database: string;
  /** Whose new objects are told to that queue. */
  readonly uploads: { readonly bucket: string; readonly queue: string };
  /** Whether callers need a key: AUTH. */
  readonly door: 'closed' | 'open';
  /** Names of routes and custom domains in the file. */
  readonly hosts: readonly string[];
}

export const MAIN_CONFIG = 'wrangler.toml';
export const ORT_CONFIG = 'src/engine/ort/wrangler.toml';

/** `nameGiven`: WRANGLER_CI_OVERRIDE_NAME, where that is set. */
export function readTarget(
  root: string,
  environment: string,
  nameGiven?: string,
): Result<Target, DeployFailure> {
  const known = readWorkerConfig(join(root, MAIN_CONFIG)).definedEnvironments ?? [];
  if (!known.includes(environment)) {
    return fail({ code: 'unknown_environment', saw: environment, known });
  }
  const config = readWorkerConfig(join(root, MAIN_CONFIG), environment);
  const buckets = config.r2_buckets.map(({ binding, bucket_name }) => {
    return { binding, name: bucket_name };
  });
  const consumers = config.queues.consumers ?? [];
  const producers = config.queues.producers ?? [];
  const dead = consumers.flatMap(({ dead_letter_queue }) => dead_letter_queue ?? []);
  const queues = [...dead, ...[...producers, ...consumers].map(({ queue }) => queue)];
  return ok({
    environment,
    worker: nameGiven ?? config.name,
    nameGiven: nameGiven !== undefined,
    ortWorker: readWorkerConfig(join(root, ORT_CONFIG), environment).name,
    buckets,
    queues: [...new Set(queues)],
    database: config.d1_databases[0]?.database_name ?? '',
    uploads: {
      bucket: buckets.find(({ binding }) => binding === 'UPLOADS')?.name ?? '',
      queue: queues.find((queue) => queue.endsWith('-uploads')) ?? '',
    },
    door: config.vars.AUTH === 'open' ? 'open' : 'closed',
    hosts: (config.routes ?? []).map((route) => {
      const pattern = typeof route === 'string' ? route : route.pattern;
      return pattern.replace(/^(\*\.|https?:\/\/)/, '').replace(/\/.*$/, '');
    }),
  });
}
