// `npm run deploy` from a bare copy of the project: its dry run without any network, then the real
// wrangler against an account in memory, which fails on the way. What Cloudflare itself does with a
// deployment is not tried here: that needs an account.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Account, startAccount, TOKEN } from './cloudflare-account.ts';
import { ROOT, readCard, type Service, SMALL_MODEL, startService } from './workers.ts';

const KEY = 'rzb_first_0123456789abcdef0123456789abcdef';
const HASH = createHash('sha256').update(KEY).digest('hex');
const NOT_CLONED = /^(node_modules|\.git|\.wrangler|\.cache|coverage|dist|build|\.dev\.vars.*)$/;

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

let folder: string;
let home: string;
let account: Account;
let service: Service;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'razorbill-clone-'));
  home = mkdtempSync(join(tmpdir(), 'razorbill-home-'));
  cpSync(ROOT, folder, {
    recursive: true,
    filter: (path) => path === ROOT || !NOT_CLONED.test(basename(path)),
  });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  // Installed after the lock file was written, as far as the bootstrap can see.
  utimesSync(join(folder, 'package-lock.json'), 0, 0);
  account = await startAccount();
  service = await startService({ vars: { AUTH: 'required', API_KEYS: `first:${HASH}` } });
});
afterAll(async () => {
  account.close();
  await service.close();
  rmSync(folder, { recursive: true, force: true });
  rmSync(home, { recursive: true, force: true });
});

/** A namespace of its own, in which no network interface is up, where this machine allows it. */
const ALONE = spawnSync('unshare', ['-rn', 'true']).status === 0 ? ['unshare', '-rn'] : [];

function run(command: readonly string[], more: Record<string, string>): Promise<Ended> {
  const {
    CLOUDFLARE_API_TOKEN: _,
    CLOUDFLARE_ACCOUNT_ID: __,
    WORKERS_CI: ___,
    ...own
  } = process.env;
  // Nobody is logged in there.
  const env = { ...own, HOME: home, XDG_CONFIG_HOME: home, ...more };
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const child = spawn(program, args, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const said = { stdout: '', stderr: '' };
    child.stdout.on('data', (text) => {
      said.stdout += text;
    });
    child.stderr.on('data', (text) => {
      said.stderr += text;
    });
    child.on('close', (status) => resolve({ ...said, status }));
  });
}

const DEPLOY = ['node', 'scripts/run.mjs', 'deploy'];

function deploy(...options: string[]): Promise<Ended> {
  return run([...DEPLOY, '--env', 'staging', '--yes', '--url', service.url, ...options], {
    CLOUDFLARE_API_BASE_URL: account.url,
    CLOUDFLARE_API_TOKEN: TOKEN,
    RAZORBILL_API_KEY: KEY,
  });
}

const created = (): string[] =>
  account.changes.filter((change) => /^(POST|PUT) \/(r2|queues$|d1\/database$|event)/.test(change));

describe('npm run deploy', () => {
  it('prints the whole plan and builds both Workers, without login or network', async () => {
    const { status, stdout, stderr } = await run([...ALONE, ...DEPLOY, '--dry-run'], {});
    expect(status, stdout + stderr).toBe(0);
    const commands = stdout.match(/^ {4,6}(npx|npm|curl) .*$/gm)?.map((line) => line.trim());
    const name = (what: string) => `razorbill-production-${what}`;
    expect(commands).toEqual([
      'npx wrangler whoami      # or CLOUDFLARE_API_TOKEN; else npx wrangler login',
      ...['models', 'results', 'uploads'].map((b) => `npx wrangler r2 bucket create ${name(b)}`),
      ...['dead', 'jobs', 'callbacks', 'uploads'].map(
        (q) => `npx wrangler queues create ${name(q)}`,
      ),
      `npx wrangler d1 create ${name('jobs')}`,
      `npx wrangler r2 bucket notification create ${name('uploads')} --event-type object-create ` +
        `--queue ${name('uploads')}`,
      'npm run models -- push resnet18_8xb16_cifar10 --env production',
      'npm run models -- push resnet50_keras_in1k --env production',
      `npx wrangler d1 migrations apply ${name('jobs')} --env production --remote`,
      'npm run keys -- create first --env production',
      'npx wrangler deploy -c src/engine/ort/wrangler.toml --env production',
      'npx wrangler deploy -c wrangler.toml --env production --secrets-file .dev.vars.production',
      'curl -fsS <url>/readyz',
      "curl -fsS -H 'Authorization: Bearer <key>' --data-binary @models/samples/coffee.png " +
        '<url>/v1/classify',
    ]);
    expect(stdout).toMatch(/^razorbill-production: [\d,]+ kB, gzipped \d+ kB, budget [\d,]+ kB/m);
    expect(stdout).toMatch(/^razorbill-ort-production: [\d,]+ kB, gzipped [\d,]+ kB, budget/m);
    expect(account.changes).toEqual([]);
    expect(existsSync(join(folder, '.dev.vars.production'))).toBe(false);
    // One model is enough for what follows; each object is a run of wrangler.
    rmSync(join(folder, 'models/resnet50_keras_in1k.onnx'));
  });

  it('says how to log in, where nobody is and nobody can be asked', async () => {
    const { status, stderr } = await run([...DEPLOY, '--yes'], {
      CLOUDFLARE_API_BASE_URL: account.url,
    });
    expect([status, stderr]).toEqual([1, expect.stringContaining('wrangler is not logged in')]);
    expect(stderr).toContain('Then again: npm run deploy -- --yes');
    expect(account.changes).toEqual([]);
  });

  it('stops at the first failure and says how to go on', async () => {
    account.failNext('POST /d1/database');
    const { status, stdout, stderr } = await deploy();
    expect(status, stdout + stderr).toBe(1);
    expect(stderr).toContain('This step failed: D1 database razorbill-staging-jobs');
    expect(stderr).toContain('An unknown error has occurred. [code: 10013]');
    expect(stderr).toMatch(/To go on: npm run deploy -- --env staging --yes --url /);
    expect(created()).toHaveLength(3 + 4);
    expect(account.state.workers.size).toBe(0);
  });

  it('goes on where it stopped, and has a picture classified', async () => {
    account.changes.length = 0;
    const { status, stdout, stderr } = await deploy();
    expect(status, stdout + stderr).toBe(0);
    expect(account.unknown).toEqual([]);
    // The seven of the first run are left alone; database, notification and five objects are new.
    expect(stdout.match(/is there, left alone/g)).toHaveLength(7);
    expect(created()).toHaveLength(1 + 1 + 5);
    expect(stdout).toMatch(/^ {4}\w+, \d+\.\d %$/m);
    expect(stdout).toContain(`razorbill-staging is deployed: ${service.url}`);
    expect(stdout).not.toContain(KEY);
  });

  it('left in the account what the Worker needs', () => {
    const { buckets, queues, databases, notifications, workers } = account.state;
    const models = buckets.get('razorbill-staging-models');
    const { graph, bytes } = readCard(SMALL_MODEL);
    const stored = models?.get(`graphs/${graph}.onnx`) ?? new Uint8Array();
    expect(stored.length).toBe(bytes);
    expect(createHash('sha256').update(stored).digest('hex')).toBe(graph);
    const keys = [...(models?.keys() ?? [])].map((key) => key.replace(graph, '<graph>'));
    expect(keys).toEqual([
      expect.stringMatching(/^packs\/<graph>\/\d+$/),
      'graphs/<graph>.onnx',
      'labels/cifar10.json',
      'cards/<graph>.json',
      `models/${SMALL_MODEL}.json`,
    ]);
    const tables = databases
      .get('razorbill-staging-jobs')
      ?.sqlite.prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .map(({ name }) => name);
    expect(tables).toEqual(expect.arrayContaining(['jobs', 'd1_migrations']));
    expect(notifications.get('razorbill-staging-uploads')).toEqual(
      new Set(['razorbill-staging-uploads']),
    );
    expect([...workers.keys()]).toEqual(['razorbill-ort-staging', 'razorbill-staging']);
    const worker = workers.get('razorbill-staging');
    expect(worker?.secrets).toEqual(new Map([['API_KEYS', `first:${HASH}`]]));
    expect(worker?.crons).toEqual([{ cron: '* * * * *' }]);
    for (const { consumers } of queues.values()) {
      expect(consumers).toMatchObject([{ type: 'worker', script: 'razorbill-staging' }]);
    }
    const { uuid } = databases.get('razorbill-staging-jobs') ?? {};
    const bindings = worker?.versions[0]?.metadata.bindings;
    expect(bindings).toContainEqual({ name: 'DB', type: 'd1', id: uuid });
    expect(bindings).toContainEqual({
      ...{ name: 'ORT', type: 'service' },
      ...{ service: 'razorbill-ort-staging', entrypoint: 'OrtEngine' },
    });
  });

  it('creates nothing again, and gives a new version a tenth of the requests', async () => {
    account.changes.length = 0;
    const { status, stdout, stderr } = await deploy('--gradual', '10');
    expect(status, stdout + stderr).toBe(0);
    expect(created()).toEqual([]);
    expect(stdout.match(/is there, left alone/g)).toHaveLength(3 + 4 + 1 + 1 + 1);
    expect(stdout).not.toContain('--secrets-file');
    expect(account.unknown).toEqual([]);
    const worker = account.state.workers.get('razorbill-staging');
    const [served, uploaded, ...more] = worker?.versions ?? [];
    expect(more).toEqual([]);
    expect(worker?.deployment).toEqual(
      expect.arrayContaining([
        { version_id: uploaded?.id, percentage: 10 },
        { version_id: served?.id, percentage: 90 },
      ]),
    );
  });

  it('has edited no committed file', () => {
    for (const file of ['wrangler.toml', 'src/engine/ort/wrangler.toml', 'package.json']) {
      expect(readFileSync(join(folder, file), 'utf8')).toBe(readFileSync(join(ROOT, file), 'utf8'));
    }
  });
}, 400_000);
