import { unstable_readConfig as readConfig } from 'wrangler';

/** A wrangler.toml as wrangler reads it for one environment, as far as it is asked of here. */
export interface WorkerConfig {
  /** With the environment's name behind it. */
  readonly name: string;
  readonly definedEnvironments?: readonly string[];
  readonly routes?: ReadonlyArray<string | { readonly pattern: string }>;
  readonly vars: Readonly<Record<string, unknown>>;
  readonly secrets?: { readonly required?: readonly string[] };
  readonly triggers: { readonly crons?: readonly string[] };
  readonly observability?: { readonly enabled?: boolean };
  readonly r2_buckets: ReadonlyArray<{ readonly binding: string; readonly bucket_name: string }>;
  readonly d1_databases: readonly Database[];
  readonly queues: {
    readonly producers?: ReadonlyArray<{ readonly binding: string; readonly queue: string }>;
    readonly consumers?: readonly Consumer[];
  };
  readonly services?: ReadonlyArray<{
    readonly binding: string;
    readonly service: string;
    readonly entrypoint?: string;
  }>;
  readonly ratelimits: ReadonlyArray<{ readonly name: string; readonly namespace_id: string }>;
  readonly durable_objects: { readonly bindings: ReadonlyArray<{ readonly name: string }> };
}

interface Database {
  readonly binding: string;
  readonly database_name: string;
  readonly database_id?: string;
  readonly migrations_dir?: string;
}

interface Consumer {
  readonly queue: string;
  readonly dead_letter_queue?: string;
}

/** wrangler's own types of this lie in a package that it does not bring. */
export function readWorkerConfig(config: string, env?: string): WorkerConfig {
  return readConfig({ config, ...(env !== undefined && { env }) });
}
