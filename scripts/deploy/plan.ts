import { secretsFile } from '../keys/key-file.ts';
import type { Command, Step, StepState } from './step.ts';
import { MAIN_CONFIG, ORT_CONFIG, type Target } from './target.ts';

/** What is in the account already, and in the file of secrets on this machine. */
export interface Facts {
  readonly buckets: ReadonlySet<string>;
  readonly queues: ReadonlySet<string>;
  readonly databases: ReadonlySet<string>;
  /** Queues that the uploads bucket tells of new objects. */
  readonly notified: ReadonlySet<string>;
  /** Models that stand in the bucket with the graph that is here. */
  readonly models: ReadonlySet<string>;
  /** Names; undefined: there is no such Worker yet. */
  readonly secrets: ReadonlySet<string> | undefined;
}

export interface Wish {
  readonly models: readonly string[];
  /** Names in the environment's file of secrets. */
  readonly secretsHere: ReadonlySet<string>;
  /** The file's secrets replace the Worker's, also where it has them. */
  readonly sendSecrets: boolean;
  readonly domain?: string;
  /** Percent of the requests that the new version gets; undefined: all. */
  readonly gradual?: number;
}

/**
 * Every step in its order: each needs what stands before it. Without facts (a dry run without a
 * login) a step that may find its work done says so. Pure: nothing is asked or done here.
 */
export function planDeployment(target: Target, facts: Facts | undefined, wish: Wish): Step[] {
  return [
    ...planBuckets(target, facts),
    ...planQueues(target, facts),
    planDatabase(target, facts),
    planNotification(target, facts),
    ...planModels(target, facts, wish),
    planMigrations(target),
    ...planKey(target, facts, wish),
    planOrt(target),
    ...planWorker(target, facts, wish),
    planSmoke(target, wish),
  ];
}

function stateOf(facts: Facts | undefined, there: (facts: Facts) => boolean): StepState {
  if (facts === undefined) return 'unless_there';
  return there(facts) ? 'there' : 'todo';
}

const BUCKETS: Readonly<Record<string, string>> = {
  MODELS: 'graphs, cards and labels',
  RESULTS: 'answers kept worldwide, where RESULT_CACHE_R2 is on',
  UPLOADS: 'pictures of yours whose arrival is an event',
};

function planBuckets({ buckets }: Target, facts: Facts | undefined): Step[] {
  return buckets.map(({ binding, name }) => ({
    id: `bucket ${binding}`,
    what: `R2 bucket ${name}: ${BUCKETS[binding] ?? binding}`,
    state: stateOf(facts, (known) => known.buckets.has(name)),
    commands: [wrangler('r2', 'bucket', 'create', name)],
    remedy:
      'R2 has to be enabled once for an account: dash.cloudflare.com, R2. A token needs Workers ' +
      'R2 Storage: Edit.',
  }));
}

function planQueues({ queues }: Target, facts: Facts | undefined): Step[] {
  return queues.map((name) => ({
    id: `queue ${name}`,
    what: `Queue ${name}${name.endsWith('-dead') ? ': what failed as often as it may' : ''}`,
    state: stateOf(facts, (known) => known.queues.has(name)),
    commands: [wrangler('queues', 'create', name)],
    remedy: 'A token needs Queues: Edit.',
  }));
}

function planDatabase({ database }: Target, facts: Facts | undefined): Step {
  return {
    id: 'database',
    what: `D1 database ${database}: the job table of webhooks and uploads`,
    state: stateOf(facts, ({ databases }) => databases.has(database)),
    commands: [wrangler('d1', 'create', database)],
    remedy: 'A token needs D1: Edit.',
  };
}

function planNotification({ uploads }: Target, facts: Facts | undefined): Step {
  const rule = ['--event-type', 'object-create', '--queue', uploads.queue];
  return {
    id: 'notification',
    what: `New objects in ${uploads.bucket} are told to ${uploads.queue}`,
    state: stateOf(facts, ({ notified }) => notified.has(uploads.queue)),
    commands: [wrangler('r2', 'bucket', 'notification', 'create', uploads.bucket, ...rule)],
    remedy: 'A token needs Workers R2 Storage: Edit and Queues: Edit.',
  };
}

function planModels(
  { environment, buckets }: Target,
  facts: Facts | undefined,
  wish: Wish,
): Step[] {
  const bucket = buckets.find(({ binding }) => binding === 'MODELS')?.name ?? '';
  return wish.models.map((model) => ({
    id: `model ${model}`,
    what: `Model ${model} into ${bucket}, graph first, card last`,
    state: stateOf(facts, ({ models }) => models.has(model)),
    commands: [{ run: 'push', model, environment }],
    remedy: 'Nothing half-written is ever served: the card comes last.',
  }));
}

function planMigrations({ database, environment }: Target): Step {
  const where = ['--env', environment, '--remote'];
  return {
    id: 'migrations',
    what: `Tables of ${database}: the migrations that it lacks, each in a transaction`,
    state: 'todo',
    commands: [wrangler('d1', 'migrations', 'apply', database, ...where)],
    remedy: 'What was applied stays, and a failed one is undone. A token needs D1: Edit.',
  };
}

/** Where the Worker has none, and the file of secrets does not either. */
function planKey({ environment, door }: Target, facts: Facts | undefined, wish: Wish): Step[] {
  const there = (known: Facts) => known.secrets?.has('API_KEYS') === true;
  if (door === 'open' || wish.secretsHere.has('API_KEYS')) return [];
  return [
    {
      id: 'key',
      what: `First API key, its hash into ${secretsFile(environment)}; shown once`,
      state: stateOf(facts, there),
      commands: [{ run: 'key', id: 'first', environment }],
      remedy: `${secretsFile(environment)} has to be writable.`,
    },
  ];
}

function planOrt({ environment, ortWorker }: Target): Step {
  return {
    id: 'deploy ort',
    what: `Worker ${ortWorker}: ONNX Runtime, which the other one calls`,
    state: 'todo',
    commands: [wrangler('deploy', '-c', ORT_CONFIG, '--env', environment)],
    remedy: 'A token needs Workers Scripts: Edit.',
  };
}

/** The file goes along where the Worker lacks something that it has, or will have. */
function sendsSecrets({ door }: Target, facts: Facts | undefined, wish: Wish): boolean {
  const lacks = (name: string) => facts?.secrets?.has(name) !== true;
  const needed = door === 'open' ? [] : ['API_KEYS'];
  return wish.sendSecrets || [...needed, ...wish.secretsHere].some(lacks);
}

function planWorker(target: Target, facts: Facts | undefined, wish: Wish): Step[] {
  const { environment, worker, nameGiven } = target;
  const where = ['-c', MAIN_CONFIG, '--env', environment, ...(nameGiven ? ['--name', worker] : [])];
  const secrets = sendsSecrets(target, facts, wish)
    ? ['--secrets-file', secretsFile(environment)]
    : [];
  const domain = wish.domain === undefined ? [] : ['--domain', wish.domain];
  const remedy =
    'A token needs Workers Scripts: Edit, and for a domain Workers Routes: Edit on its zone. ' +
    'Workers Paid is needed: a picture takes more than the 10 ms of CPU that Free allows. ' +
    'Analytics Engine is enabled once, in the dashboard.';
  const { gradual } = wish;
  if (gradual === undefined) {
    const what = `Worker ${worker}, with its schedule and its queues`;
    const commands = [wrangler('deploy', ...where, ...domain, ...secrets)];
    return [{ id: 'deploy', what, state: 'todo', commands, remedy }];
  }
  const upload = wrangler('versions', 'upload', ...where, ...secrets);
  const split: Command = { run: 'split', percent: gradual, where };
  return [
    {
      id: 'upload',
      what: `A version of ${worker} that no request reaches yet`,
      state: 'todo',
      commands: [upload],
      remedy,
    },
    {
      id: 'split',
      what: `${gradual} % of the requests to that version, the rest to the one that serves now`,
      state: 'todo',
      commands: [split],
      remedy,
    },
  ];
}

function planSmoke({ worker, door }: Target, wish: Wish): Step {
  const who = wish.gradual === undefined ? worker : `the new version of ${worker}`;
  const what =
    door === 'open'
      ? 'is ready, and names a bundled picture'
      : 'is ready, lets nobody in without a key, and names a bundled picture with one';
  return {
    id: 'smoke',
    what: `${who} ${what}`,
    state: 'todo',
    commands: [{ run: 'smoke' }],
    remedy:
      'The Worker is deployed. `npx wrangler tail` shows its log, docs/deploy.md how to roll ' +
      'back; a new address may need some minutes.',
  };
}

function wrangler(...args: string[]): Command {
  return { run: 'wrangler', args };
}
