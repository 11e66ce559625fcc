import * as z from 'zod';
import { fail, ok, type Result } from '../../src/result.ts';
import { type DeployFailure, said } from './failure.ts';
import { QUEUE_PAGES_MAX } from './limits.ts';
import type { Facts } from './plan.ts';
import type { Ran, RunWrangler } from './run-wrangler.ts';
import type { Target } from './target.ts';

/** A model that is here, and the graph that its card names. */
export interface LocalModel {
  readonly name: string;
  readonly graph: string;
}

const databasesSchema = z.array(z.object({ name: z.string() }));
const secretsSchema = z.array(z.object({ name: z.string() }));
const cardSchema = z.object({ graph: z.string() });

type Asked<T> = Promise<Result<T, DeployFailure>>;

/** Asks the account what is there. Nothing is changed. */
export async function askFacts(
  target: Target,
  models: readonly LocalModel[],
  wrangler: RunWrangler,
): Asked<Facts> {
  const [buckets, queues, databases, secrets] = await Promise.all([
    askBuckets(wrangler),
    askQueues(wrangler),
    askDatabases(wrangler),
    askSecrets(target, wrangler),
  ]);
  if (!buckets.ok) return buckets;
  if (!queues.ok) return queues;
  if (!databases.ok) return databases;
  if (!secrets.ok) return secrets;
  const { uploads } = target;
  const bucket = target.buckets.find(({ binding }) => binding === 'MODELS')?.name ?? '';
  const [notified, there] = await Promise.all([
    buckets.value.has(uploads.bucket) ? askNotified(uploads.bucket, wrangler) : ok(new Set('')),
    buckets.value.has(bucket) ? askModels(bucket, models, wrangler) : ok(new Set('')),
  ]);
  if (!notified.ok) return notified;
  if (!there.ok) return there;
  return ok({
    buckets: buckets.value,
    queues: queues.value,
    databases: databases.value,
    secrets: secrets.value,
    notified: notified.value,
    models: there.value,
  });
}

async function askBuckets(wrangler: RunWrangler): Asked<ReadonlySet<string>> {
  const args = ['r2', 'bucket', 'list'];
  const ran = await wrangler(args);
  if (ran.status !== 0) return failed(args, ran);
  return ok(new Set([...ran.stdout.matchAll(/^name:\s+(\S+)$/gm)].map(([, name = '']) => name)));
}

/** A page at a time, as a table: a queue's id and its name are the first two cells of a row. */
async function askQueues(wrangler: RunWrangler): Asked<ReadonlySet<string>> {
  const found = new Set<string>();
  for (let page = 1; page <= QUEUE_PAGES_MAX; page++) {
    const args = ['queues', 'list', '--page', String(page)];
    const ran = await wrangler(args);
    if (ran.status !== 0) return failed(args, ran);
    const rows = [...ran.stdout.matchAll(/[0-9a-f]{32}\s*│\s*([a-z0-9-]+)/g)];
    const before = found.size;
    for (const [, name = ''] of rows) found.add(name);
    if (found.size === before) break;
  }
  return ok(found);
}

async function askDatabases(wrangler: RunWrangler): Asked<ReadonlySet<string>> {
  return askJson(wrangler, ['d1', 'list', '--json'], databasesSchema, toNames);
}

function toNames(listed: ReadonlyArray<{ readonly name: string }>): ReadonlySet<string> {
  return new Set(listed.map(({ name }) => name));
}

/** Names alone: no secret can be read back. */
async function askSecrets(
  target: Target,
  wrangler: RunWrangler,
): Asked<ReadonlySet<string> | undefined> {
  const args = ['secret', 'list', '--name', target.worker, '--format', 'json'];
  const ran = await wrangler(args);
  // As wrangler says it of a Worker that is not there.
  if (ran.status !== 0 && /Worker "[^"]+".* not found/.test(ran.stderr + ran.stdout)) {
    return ok(undefined);
  }
  return readJson(args, ran, secretsSchema, toNames);
}

async function askNotified(bucket: string, wrangler: RunWrangler): Asked<ReadonlySet<string>> {
  const args = ['r2', 'bucket', 'notification', 'list', bucket];
  const ran = await wrangler(args);
  // A bucket that never had a rule answers 404 (code 11015).
  if (ran.status !== 0 && /\[code: 11015\]/.test(ran.stderr + ran.stdout)) return ok(new Set());
  if (ran.status !== 0) return failed(args, ran);
  const queues = [...ran.stdout.matchAll(/^queue_name:\s+(\S+)$/gm)];
  return ok(new Set(queues.map(([, name = '']) => name)));
}

async function askModels(
  bucket: string,
  models: readonly LocalModel[],
  wrangler: RunWrangler,
): Asked<ReadonlySet<string>> {
  const there = new Set<string>();
  for (const { name, graph } of models) {
    const args = ['r2', 'object', 'get', `${bucket}/models/${name}.json`, '--remote', '--pipe'];
    const ran = await wrangler(args);
    if (ran.status !== 0 && /specified key does not exist/.test(ran.stderr + ran.stdout)) continue;
    // One that cannot be read is not the one that is here: it is published again.
    const card = readJson(args, ran, cardSchema, (read) => read.graph);
    if (ran.status !== 0) return failed(args, ran);
    if (card.ok && card.value === graph) there.add(name);
  }
  return ok(there);
}

async function askJson<T, U>(
  wrangler: RunWrangler,
  args: readonly string[],
  schema: z.ZodType<T>,
  then: (read: T) => U,
): Asked<U> {
  return readJson(args, await wrangler(args), schema, then);
}

function readJson<T, U>(
  args: readonly string[],
  ran: Ran,
  schema: z.ZodType<T>,
  then: (read: T) => U,
): Result<U, DeployFailure> {
  if (ran.status !== 0) return failed(args, ran);
  try {
    return ok(then(schema.parse(JSON.parse(ran.stdout))));
  } catch {
    return failed(args, ran);
  }
}

function failed(args: readonly string[], ran: Ran): Result<never, DeployFailure> {
  return fail({ code: 'wrangler_failed', command: `wrangler ${args.join(' ')}`, said: said(ran) });
}
