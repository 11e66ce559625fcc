import { describe, expect, it } from 'vitest';
import { ROOT } from '../models/commands/paths.ts';
import { type Facts, planDeployment, type Wish } from './plan.ts';
import { showPlan } from './show-plan.ts';
import { type Step, showCommand } from './step.ts';
import { readTarget, type Target } from './target.ts';

function targetOf(environment: string, nameGiven?: string): Target {
  const target = readTarget(ROOT, environment, nameGiven);
  if (!target.ok) throw new Error(target.failure.code);
  return target.value;
}

const TARGET = targetOf('production');
const WISH: Wish = {
  models: ['resnet50_keras_in1k'],
  secretsHere: new Set(),
  sendSecrets: false,
};
const NOTHING: Facts = {
  buckets: new Set(),
  queues: new Set(),
  databases: new Set(),
  notified: new Set(),
  models: new Set(),
  secrets: undefined,
};
const ALL: Facts = {
  buckets: new Set(TARGET.buckets.map(({ name }) => name)),
  queues: new Set(TARGET.queues),
  databases: new Set([TARGET.database]),
  notified: new Set([TARGET.uploads.queue]),
  models: new Set(WISH.models),
  secrets: new Set(['API_KEYS']),
};

const plan = (facts: Partial<Facts>, wish: Partial<Wish> = {}): Step[] =>
  planDeployment(TARGET, { ...NOTHING, ...facts }, { ...WISH, ...wish });
const ids = (steps: readonly Step[], state: Step['state']): string[] =>
  steps.filter((step) => step.state === state).map(({ id }) => id);
const commandsOf = (steps: readonly Step[], id: string): string[] =>
  steps
    .filter((step) => step.id === id)
    .flatMap((step) => step.commands.flatMap((c) => showCommand(c)));

const CREATED = [
  'bucket MODELS',
  'bucket RESULTS',
  'bucket UPLOADS',
  'queue razorbill-production-dead',
  'queue razorbill-production-jobs',
  'queue razorbill-production-callbacks',
  'queue razorbill-production-uploads',
  'database',
  'notification',
  'model resnet50_keras_in1k',
];

describe('the plan', () => {
  it('begins with nothing and creates everything, in the order in which it is needed', () => {
    const steps = plan({});
    expect(ids(steps, 'there')).toEqual([]);
    expect(steps.map(({ id }) => id)).toEqual([
      ...CREATED,
      ...['migrations', 'key', 'deploy ort', 'deploy', 'smoke'],
    ]);
  });

  it('creates nothing that is there, and deploys', () => {
    const steps = plan(ALL, { secretsHere: new Set(['API_KEYS']) });
    expect(ids(steps, 'there')).toEqual(CREATED);
    expect(ids(steps, 'todo')).toEqual(['migrations', 'deploy ort', 'deploy', 'smoke']);
  });

  it('says of each step that it may find its work done, where nobody asked', () => {
    const steps = planDeployment(TARGET, undefined, WISH);
    expect(ids(steps, 'unless_there')).toEqual([...CREATED, 'key']);
    expect(showPlan(steps)).toContain('npx wrangler d1 create razorbill-production-jobs');
    expect(showPlan(steps).match(/\(unless it is there\)/g)).toHaveLength(11);
  });

  it('shows no command of what is left alone', () => {
    const shown = showPlan(plan({ ...ALL, databases: new Set() }));
    expect(shown).toContain('npx wrangler d1 create razorbill-production-jobs');
    expect(shown).not.toContain('bucket create');
    expect(shown.match(/is there: left alone/g)).toHaveLength(9 + 1);
  });

  const MISSING: ReadonlyArray<readonly [fact: string, facts: Partial<Facts>, todo: string[]]> = [
    ['a bucket', { buckets: new Set(['razorbill-production-models']) }, CREATED.slice(1, 3)],
    ["another project's queues", { queues: new Set(['jobs', 'dead']) }, CREATED.slice(3, 7)],
    ['the database', { databases: new Set(['razorbill-staging-jobs']) }, ['database']],
    ['the notification', { notified: new Set(['another-queue']) }, ['notification']],
    ['a model, or its graph', { models: new Set() }, ['model resnet50_keras_in1k']],
  ];

  it.each(MISSING)('makes what alone is missing: %s', (_fact, facts, todo) => {
    const steps = plan({ ...ALL, ...facts });
    expect(ids(steps, 'todo').filter((id) => CREATED.includes(id))).toEqual(todo);
  });
});

const HERE = new Set(['API_KEYS']);
const SECRETS: ReadonlyArray<
  readonly [name: string, there: Facts['secrets'], wish: Partial<Wish>, key: string, sent: boolean]
> = [
  ['a first deployment makes a key and sends it', undefined, {}, 'todo', true],
  ['one that stopped sends the key that it made', undefined, { secretsHere: HERE }, 'none', true],
  ['a Worker without a key gets one', new Set(), {}, 'todo', true],
  ['a Worker with a key keeps it', HERE, {}, 'there', false],
  ['the file is not sent again', HERE, { secretsHere: HERE }, 'none', false],
  ['unless that is asked for', HERE, { secretsHere: HERE, sendSecrets: true }, 'none', true],
  [
    'or it has one that the Worker lacks',
    HERE,
    { secretsHere: new Set(['API_KEYS', 'ORIGIN_SECRET']) },
    'none',
    true,
  ],
];

describe('secrets', () => {
  it.each(SECRETS)('%s', (_name, secrets, wish, key, sent) => {
    const steps = plan({ ...ALL, secrets }, wish);
    expect(steps.find(({ id }) => id === 'key')?.state ?? 'none').toBe(key);
    const [command = ''] = commandsOf(steps, 'deploy');
    expect(command.endsWith('--secrets-file .dev.vars.production')).toBe(sent);
  });
});

describe('a Worker that is open to everybody', () => {
  it('needs no key, and gets the file only for what else is in it', () => {
    const open: Target = { ...TARGET, door: 'open' };
    const steps = planDeployment(open, NOTHING, WISH);
    expect(steps.map(({ id }) => id)).not.toContain('key');
    expect(commandsOf(steps, 'deploy')[0]).not.toContain('--secrets-file');
    const wish = { ...WISH, secretsHere: new Set(['ORIGIN_SECRET']) };
    expect(commandsOf(planDeployment(open, NOTHING, wish), 'deploy')[0]).toContain(
      '--secrets-file',
    );
  });
});

describe('commands', () => {
  it('deploy the environment by the files that name it', () => {
    expect(commandsOf(plan(ALL), 'deploy')).toEqual([
      'npx wrangler deploy -c wrangler.toml --env production',
    ]);
    expect(commandsOf(plan(ALL), 'deploy ort')).toEqual([
      'npx wrangler deploy -c src/engine/ort/wrangler.toml --env production',
    ]);
  });

  it('take a custom domain along', () => {
    const [command] = commandsOf(plan(ALL, { domain: 'auk.example.com' }), 'deploy');
    expect(command).toContain('--domain auk.example.com');
  });

  it('share requests between two versions where that is wanted', () => {
    const steps = plan(ALL, { gradual: 10 });
    expect(steps.slice(-3).map(({ id }) => id)).toEqual(['upload', 'split', 'smoke']);
    expect(commandsOf(steps, 'upload')).toEqual([
      'npx wrangler versions upload -c wrangler.toml --env production',
    ]);
    expect(commandsOf(steps, 'split')).toEqual([
      'npx wrangler versions deploy <new version>@10% <serving version>@90% ' +
        '-c wrangler.toml --env production --yes',
    ]);
  });

  it('deploy under the name that a build was given, and ONNX Runtime under its own', () => {
    const target = targetOf('production', 'my-classifier');
    const steps = planDeployment(target, NOTHING, WISH);
    expect(commandsOf(steps, 'deploy')[0]).toContain('--name my-classifier');
    expect(commandsOf(steps, 'deploy ort')[0]).not.toContain('my-classifier');
  });
});

describe('a target', () => {
  it('is another in each environment, down to the last name', () => {
    const names = ({ worker, ortWorker, buckets, queues, database }: Target): string[] => [
      ...[worker, ortWorker, `d1 ${database}`],
      ...[...buckets.map(({ name }) => `r2 ${name}`), ...queues],
    ];
    const both = [...names(targetOf('staging')), ...names(TARGET)];
    expect(new Set(both).size).toBe(both.length);
    for (const name of both) expect(name).toMatch(/staging|production/);
  });

  it('is one of those in wrangler.toml', () => {
    expect(readTarget(ROOT, 'prod')).toEqual({
      ok: false,
      failure: { code: 'unknown_environment', saw: 'prod', known: ['staging', 'production'] },
    });
  });
});
