// An environment of wrangler.toml inherits no binding and no variable: what is added for a laptop
// and forgotten there would be missing only after a deployment.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readWorkerConfig, type WorkerConfig } from '../../scripts/deploy/worker-config.ts';
import type { Result } from '../../src/result.ts';
import { ROOT } from './workers.ts';

const ENVIRONMENTS = ['staging', 'production'];
const MAIN = join(ROOT, 'wrangler.toml');
const ORT = join(ROOT, 'src/engine/ort/wrangler.toml');

const TOP = readWorkerConfig(MAIN);
const read = (env: string, config = MAIN): WorkerConfig => readWorkerConfig(config, env);

/** Every binding, whatever its kind: `r2_buckets MODELS`, `version_metadata VERSION`. */
function bindingsOf(config: WorkerConfig): string[] {
  const found: string[] = [];
  function look(kind: string, value: unknown): void {
    if (Array.isArray(value)) for (const one of value) look(kind, one);
    if (typeof value !== 'object' || value === null) return;
    const { binding, name } = value as { binding?: unknown; name?: unknown };
    const called = binding ?? (kind === 'ratelimits' ? name : undefined);
    if (typeof called === 'string') found.push(`${kind} ${called}`);
  }
  const { queues, durable_objects, ...kinds } = config;
  for (const [kind, value] of Object.entries(kinds)) look(kind, value);
  look('queue', queues.producers);
  for (const { name } of durable_objects.bindings) found.push(`durable_objects ${name}`);
  return found.toSorted();
}

/** What belongs to one Worker alone: a shared one would mix what both write. */
function ownedBy(config: WorkerConfig): string[] {
  return [
    ...config.r2_buckets.map(({ bucket_name }) => `bucket ${bucket_name}`),
    ...config.d1_databases.map(({ database_name }) => `database ${database_name}`),
    ...(config.queues.producers ?? []).map(({ queue }) => `queue ${queue}`),
    ...(config.services ?? []).map(({ service }) => `service ${service}`),
    ...config.ratelimits.map(({ namespace_id }) => `rate limiter ${namespace_id}`),
  ];
}

/** The bindings as objects, the variables and one key: what the Worker would be handed. */
function toEnv(config: WorkerConfig): Record<string, unknown> {
  const bindings = bindingsOf(config).map((binding) => [binding.split(' ')[1] ?? '', {}]);
  const secrets = { API_KEYS: `first:${'ab'.repeat(32)}` };
  return { ...Object.fromEntries(bindings), ...config.vars, ...secrets };
}

interface Parsed {
  readonly environment: string;
  readonly auth: string;
  readonly apiKeys: readonly unknown[];
  readonly defaultModel: string;
  readonly resultCacheR2: string;
}

type ParseConfig = (env: Record<string, unknown>) => Result<Parsed, unknown>;

// Its types are the Worker's, which Node's checks do not know: the path is not spelt out for them.
const { parseConfig } = (await import(join(ROOT, 'src/config.ts'))) as { parseConfig: ParseConfig };

function parsed(config: WorkerConfig): Parsed {
  const result = parseConfig(toEnv(config));
  if (!result.ok) throw new Error(JSON.stringify(result.failure));
  return result.value;
}

describe('wrangler.toml', () => {
  it('has two environments, and bindings of every kind that this test can see', () => {
    expect(TOP.definedEnvironments).toEqual(ENVIRONMENTS);
    for (const binding of ['r2_buckets MODELS', 'services ORT', 'queue JOBS', 'd1_databases DB']) {
      expect(bindingsOf(TOP)).toContain(binding);
    }
    expect(bindingsOf(TOP)).toContain('ratelimits RATE_LIMIT');
    expect(bindingsOf(TOP)).toContain('version_metadata VERSION');
  });

  it('shares nothing that is written between a laptop, staging and production', () => {
    const owned = [TOP, ...ENVIRONMENTS.map((env) => read(env))].flatMap(ownedBy);
    expect(owned.length).toBeGreaterThan(18);
    expect(owned.toSorted()).toEqual([...new Set(owned)].toSorted());
  });
});

describe.each(ENVIRONMENTS)('the environment %s', (name) => {
  const config = read(name);

  it('has every binding that a laptop has', () => {
    expect(bindingsOf(config)).toEqual(expect.arrayContaining(bindingsOf(TOP)));
    expect(Object.keys(config.vars)).toEqual(expect.arrayContaining(Object.keys(TOP.vars)));
  });

  it('binds a bucket for answers kept worldwide', () => {
    expect(bindingsOf(config)).toContain('r2_buckets RESULTS');
  });

  it('consumes the same queues in the same way, by names that the Worker knows', () => {
    const like = ({ queues }: WorkerConfig, prefix: string): string =>
      JSON.stringify(queues.consumers).replaceAll(`"${prefix}-`, '"');
    expect(like(config, `razorbill-${name}`)).toBe(like(TOP, 'razorbill'));
    const queues = (config.queues.consumers ?? []).map(({ queue }) => queue);
    for (const { dead_letter_queue } of config.queues.consumers ?? []) {
      if (dead_letter_queue !== undefined) expect(queues).toContain(dead_letter_queue);
    }
  });

  it('sweeps, and is told of', () => {
    expect(config.triggers.crons).toEqual(TOP.triggers.crons);
    expect(config.observability?.enabled).toBe(true);
  });

  it('is configured: the Worker takes its variables, and lets nobody in without a key', () => {
    const { environment, auth, apiKeys, defaultModel } = parsed(config);
    expect({ environment, auth, defaultModel }).toEqual({
      environment: name,
      auth: 'required',
      defaultModel: parsed(TOP).defaultModel,
    });
    expect(apiKeys).toHaveLength(1);
    expect(config.secrets?.required).toEqual(['API_KEYS']);
  });

  it('stays configured when answers are kept worldwide', () => {
    const on = { ...config, vars: { ...config.vars, RESULT_CACHE_R2: 'on' } };
    expect(parsed(on).resultCacheR2).toBe('on');
  });

  it("calls its own ONNX Runtime, by the name that one's environment gives it", () => {
    const [service] = config.services ?? [];
    expect(service).toMatchObject({ binding: 'ORT', entrypoint: 'OrtEngine' });
    expect(service?.service).toBe(read(name, ORT).name);
  });

  it('is found by the database that its name says, in any account', () => {
    const [database] = config.d1_databases;
    expect(database).toMatchObject({ binding: 'DB', migrations_dir: 'migrations' });
    expect(database?.database_id).toBeUndefined();
  });
});

describe('`wrangler deploy --dry-run`', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-environments-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const builds = ENVIRONMENTS.flatMap((env) => [MAIN, ORT].map((config) => ({ env, config })));

  it.each(builds)('builds $config for $env', ({ env, config }) => {
    const out = join(folder, `${env}-${config === MAIN ? 'main' : 'ort'}`);
    const args = ['deploy', '--dry-run', '--outdir', out, '-c', config, '--env', env];
    const built = spawnSync('wrangler', args, { cwd: ROOT, encoding: 'utf8' });
    expect(built.status, built.stderr).toBe(0);
    expect(built.stdout).toContain('--dry-run: exiting now.');
    expect(built.stderr).not.toMatch(/warning/i);
    expect(existsSync(join(out, 'worker.js'))).toBe(true);
    if (config === ORT) return;
    for (const binding of bindingsOf(read(env))) {
      expect(built.stdout).toContain(`env.${binding.split(' ')[1]}`);
    }
    const same = readFileSync(join(out, 'worker.js'), 'utf8');
    expect(same).toBe(readFileSync(join(folder, 'staging-main', 'worker.js'), 'utf8'));
  });
});

describe('the button "Deploy to Cloudflare"', () => {
  const documents = ['README.md', 'docs/deploy.md', 'docs/quick-start.md', 'CONTRIBUTING.md'];
  const addresses = documents.flatMap((file) =>
    [
      ...readFileSync(join(ROOT, file), 'utf8').matchAll(/deploy\.workers\.cloudflare\.com\/\?.*/g),
    ].map(([address]) => ({ file, address })),
  );

  it("has the repository's address in one place, the README's last line", () => {
    expect(addresses).toHaveLength(1);
    const [{ file, address } = { file: '', address: '' }] = addresses;
    const lines = readFileSync(join(ROOT, file), 'utf8').trimEnd().split('\n');
    expect(lines.at(-1)).toBe(`[button]: https://${address}`);
    expect(address).toMatch(/\?url=https:\/\/(github|gitlab)\.com\/[^/]+\/[^/]+$/);
  });

  it('finds what it needs: a configuration at the root, and a script that deploys', () => {
    expect(existsSync(MAIN)).toBe(true);
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    expect(scripts.deploy).toBe('node scripts/run.mjs deploy');
  });
});
