import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ok } from '../../src/result.ts';
import { readKeys, writeKeys } from '../keys/key-file.ts';
import { ROOT } from '../models/commands/paths.ts';
import { deploy, type Options, type Person, type World } from './deployment.ts';
import { explainFailure } from './explain-failure.ts';
import { readTarget } from './target.ts';
import { type RecordedAccount, recordAccount } from './testing/recorded-wrangler.ts';

const MODEL = { name: 'small', graph: 'ab'.repeat(32) };
const OPTIONS: Options = { dryRun: false, sendSecrets: false, pushModels: false };
const target = readTarget(ROOT, 'staging');
if (!target.ok) throw new Error(target.failure.code);
const TARGET = target.value;

let folder: string;
let account: RecordedAccount;
let told: string[];
let smoked: unknown[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'razorbill-deploy-'));
  account = recordAccount();
  told = [];
  smoked = [];
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function worldOf(more: Partial<World> = {}): World {
  return {
    wrangler: () => account.wrangler,
    models: [MODEL],
    folder,
    async push(name, environment) {
      const ran = await account.wrangler(['models', 'push', name, environment]);
      if (ran.status !== 0) return { ok: false, failure: ran.stderr };
      const key = `razorbill-${environment}-models/models/${name}.json`;
      account.cards.set(key, JSON.stringify({ graph: MODEL.graph }));
      return ok(`pushed ${name}`);
    },
    makeKey(id, environment) {
      writeKeys(join(folder, `.dev.vars.${environment}`), [{ id, sha256: 'cd'.repeat(32) }]);
      return 'rzb_first_secret';
    },
    async smoke(url, key, versionId) {
      smoked.push({ url, key, versionId });
      return ok({ label: key === undefined ? undefined : 'espresso, 99.6 %' });
    },
    tell: (line) => void told.push(line),
    confirmed: true,
    ...more,
  };
}

const run = (options: Partial<Options> = {}, more: Partial<World> = {}) =>
  deploy(TARGET, { ...OPTIONS, ...options }, worldOf(more));

/** Everything but what every deployment does again. */
const created = (): string[] =>
  account.changes.filter((line) => !/^(deploy|versions|d1 migrations) /.test(line));

describe('a first deployment', () => {
  it('creates everything once, shows its address, and has a picture classified', async () => {
    const done = await run();
    expect(done).toMatchObject({
      ok: true,
      value: { url: 'https://razorbill-staging.auk.workers.dev', left: 0 },
    });
    expect(created()).toHaveLength(3 + 4 + 1 + 1 + 1);
    expect(smoked).toEqual([
      {
        url: 'https://razorbill-staging.auk.workers.dev',
        key: 'rzb_first_secret',
        versionId: 'v-new',
      },
    ]);
    expect(readKeys(join(folder, '.dev.vars.staging'))).toHaveLength(1);
  });

  it('says what it will do before it does it', async () => {
    await run();
    const plan = told.find((text) => text.includes(' 1. R2 bucket razorbill-staging-models')) ?? '';
    for (const line of account.changes.filter((change) => !change.startsWith('models'))) {
      expect(plan).toContain(`npx wrangler ${line}`);
    }
    const first = told.findIndex((text) => text.startsWith('1/'));
    expect(told.indexOf(plan)).toBeLessThan(first);
  });
});

describe('a second deployment', () => {
  it('creates nothing, and says what it left alone', async () => {
    await run();
    account.changes.length = 0;
    const done = await run();
    expect(done).toMatchObject({ ok: true, value: { left: 10 } });
    expect(created()).toEqual([]);
    expect(account.changes.map((line) => line.split(' ')[0])).toEqual(['d1', 'deploy', 'deploy']);
    expect(account.changes.join(' ')).not.toContain('--secrets-file');
    expect(told.filter((text) => text.includes('is there, left alone'))).toHaveLength(10);
    // The key was shown once; nobody told it this time.
    expect(smoked.at(-1)).toMatchObject({ key: undefined });
  });

  it('pushes models again where that is wanted', async () => {
    await run();
    account.changes.length = 0;
    await run({ pushModels: true });
    expect(created()).toEqual(['models push small staging']);
  });
});

describe('a deployment that fails at its n-th change', () => {
  it('stops there, says how to go on, and goes on from there', async () => {
    for (let n = 1; ; n++) {
      account = recordAccount();
      rmSync(join(folder, '.dev.vars.staging'), { force: true });
      account.failAt = n;
      const first = await run();
      if (first.ok) {
        // Ten are created, the key's is no change of the account's; then tables and two Workers.
        expect(n - 1).toBe(13);
        return;
      }
      expect(first.failure).toMatchObject({ code: 'step_failed' });
      const text = explainFailure(first.failure, 'npm run deploy -- --env staging');
      expect(text).toContain('[code: 10013]');
      expect(text).toContain('To go on: npm run deploy -- --env staging');
      expect(account.changes).toHaveLength(n - 1);
      const before = created();
      expect(await run()).toMatchObject({ ok: true, value: { left: before.length } });
      // Nothing was created twice, and nothing is missing.
      expect(new Set(created()).size).toBe(created().length);
      expect(created()).toHaveLength(10);
      expect(account.secrets.get('razorbill-staging')).toEqual(new Set(['API_KEYS']));
    }
  });

  it('takes for done what somebody else has made meanwhile', async () => {
    const wrangler: World['wrangler'] = () => async (args) => {
      if (args.join(' ') !== 'd1 create razorbill-staging-jobs') return account.wrangler(args);
      const stderr = '✘ [ERROR] A database with that name already exists';
      return { status: 1, stdout: '', stderr, output: [] };
    };
    expect(await run({}, { wrangler })).toMatchObject({ ok: true });
    expect(told).toContain('    was there already');
  });
});

describe('versions', () => {
  it('share the requests with the one that serves, once there is one', async () => {
    expect(await run({ gradual: 10 })).toMatchObject({
      failure: { code: 'gradual_needs_a_worker', worker: 'razorbill-staging' },
    });
    expect(account.changes).toEqual([]);
    await run();
    account.changes.length = 0;
    await run({ gradual: 10, url: 'https://auk.example.com' });
    expect(account.changes.slice(-2)).toEqual([
      'versions upload -c wrangler.toml --env staging',
      'versions deploy v-new@10% v-old@90% -c wrangler.toml --env staging --yes',
    ]);
    expect(smoked.at(-1)).toMatchObject({ url: 'https://auk.example.com', versionId: 'v-new' });
  });
});

describe('a dry run', () => {
  it('asks the account nothing and changes nothing', async () => {
    const asked: string[] = [];
    const wrangler: World['wrangler'] = () => async (args) => {
      asked.push(args.join(' '));
      return account.wrangler(args);
    };
    expect(await run({ dryRun: true }, { wrangler, confirmed: false })).toEqual(ok(undefined));
    expect(asked).toEqual([
      'deploy --dry-run -c src/engine/ort/wrangler.toml --env staging',
      'deploy --dry-run -c wrangler.toml --env staging',
    ]);
    expect(told.join('\n')).toContain('razorbill-staging: 2,000 kB, gzipped 600 kB, budget 1,000');
  });
});

describe('a bundle beyond its budget', () => {
  it('ends it before anything is created', async () => {
    const wrangler: World['wrangler'] = () => async (args) => {
      const ran = await account.wrangler(args);
      const bundle_size = { raw_bytes: 2_000_000, gzip_bytes: 1_000_001 };
      return args[1] === '--dry-run' ? { ...ran, output: [{ bundle_size }] } : ran;
    };
    expect(await run({}, { wrangler })).toEqual({
      ok: false,
      failure: { code: 'bundle_too_large', bytes: 1_000_001, bytesMax: 1_000_000 },
    });
    expect(account.changes).toEqual([]);
  });
});

describe('whoever sits there', () => {
  const person = (more: Partial<Person>): Person => ({
    login: async () => false,
    account: async () => undefined,
    confirm: async () => false,
    ...more,
  });
  const loggedOut: World['wrangler'] = () => async () => {
    return { status: 1, stdout: '{"loggedIn":false}', stderr: '', output: [] };
  };

  it('is asked before anything is done', async () => {
    const asked: string[] = [];
    const confirm = async (message: string) => {
      asked.push(message);
      return false;
    };
    const done = await run({}, { confirmed: false, person: person({ confirm }) });
    expect(done).toEqual({ ok: false, failure: { code: 'not_confirmed' } });
    expect(asked).toEqual(['Do these 15 steps?']);
    expect(account.changes).toEqual([]);
  });

  it('may log in; nobody there ends it, with the way in', async () => {
    const done = await run({}, { wrangler: loggedOut });
    expect(done).toEqual({ ok: false, failure: { code: 'not_logged_in' } });
    expect(explainFailure({ code: 'not_logged_in' }, 'x')).toContain('CLOUDFLARE_API_TOKEN');
    let logins = 0;
    const wrangler: World['wrangler'] = () => (logins > 0 ? account.wrangler : loggedOut({}));
    const login = async () => ++logins > 0;
    const again: World['wrangler'] = (settings) => (args) => wrangler(settings)(args);
    const found = await run({}, { wrangler: again, person: person({ login }) });
    expect([found.ok, logins]).toEqual([true, 1]);
  });

  it('chooses among accounts; without a person it is an account that is named', async () => {
    const accounts = [
      { id: 'a1', name: 'Auk' },
      { id: 'b2', name: 'Puffin' },
    ];
    const settings: unknown[] = [];
    const wrangler: World['wrangler'] = (given) => {
      settings.push(given);
      return async (args) =>
        args[0] === 'whoami'
          ? {
              status: 0,
              stdout: JSON.stringify({ loggedIn: true, accounts }),
              stderr: '',
              output: [],
            }
          : account.wrangler(args);
    };
    const open = await run({}, { wrangler });
    expect(open).toEqual({ ok: false, failure: { code: 'account_not_chosen', accounts } });
    const chosen = person({ account: async () => 'b2' });
    expect((await run({}, { wrangler, person: chosen })).ok).toBe(true);
    expect(settings.at(-1)).toEqual({ CLOUDFLARE_ACCOUNT_ID: 'b2' });
    expect((await run({}, { wrangler, accountGiven: 'a1' })).ok).toBe(true);
    expect(settings.at(-1)).toEqual({ CLOUDFLARE_ACCOUNT_ID: 'a1' });
  });
});
