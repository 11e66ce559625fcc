import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { fail, ok, type Result } from '../../src/result.ts';
import { CACHE, fromCaller } from '../models/commands/paths.ts';
import { type LockFailure, withLock } from '../models/pull/lock.ts';
import { REAL_TIMING } from '../models/pull/timing.ts';
import { createService, type Facts, type Model, type Service } from './api.ts';
import { type AskFailure, createAsk } from './ask.ts';
import { createBudget } from './budget.ts';
import { type Checkpoint, type CheckpointFailure, openCheckpoint } from './checkpoint.ts';
import { createFetchSafely } from './fetch-safely.ts';
import { createGathering } from './gathering.ts';
import { createMeter } from './meter.ts';
import { createPace } from './pace.ts';
import { processItems } from './process-items.ts';
import { showProgress } from './progress.ts';
import { publishList } from './publish-list.ts';
import { readPicture } from './read-picture.ts';
import { exitCodeOf, type Outcome, type WarmedModel } from './report.ts';
import type { Settings } from './settings.ts';
import { gather } from './sources/gather.ts';
import { createTally } from './tally.ts';

export type WarmupFailure =
  | AskFailure
  | CheckpointFailure
  | LockFailure
  | { readonly code: string; readonly why: string };

const clock = (): number => performance.now();

/** One run at a time of one checkpoint; what ends well leaves none behind. */
export async function runWarmup(
  given: Settings,
  tell: (line: string) => void,
): Promise<Result<Outcome, WarmupFailure>> {
  const settings = { ...given, sources: given.sources.map(toSource) };
  if (settings.dryRun) return warm(settings, ':memory:', tell);
  const path = checkpointPath(settings);
  return withLock<Outcome, WarmupFailure>(
    path,
    async () => {
      if (settings.fresh) forget(path);
      const outcome = await warm(settings, path, tell);
      if (!outcome.ok || exitCodeOf(outcome.value) !== 0) return outcome;
      forget(path);
      return ok({ ...outcome.value, checkpoint: undefined });
    },
    0,
  );
}

/** Paths count from where npm was called. */
function toSource(source: string): string {
  return source === '-' || /^https?:/i.test(source) ? source : fromCaller(source);
}

function checkpointPath({ checkpoint, url, models, sources }: Settings): string {
  if (checkpoint !== undefined) return fromCaller(checkpoint);
  const all = JSON.stringify([url, models, sources]);
  const name = createHash('sha256').update(all).digest('hex').slice(0, 16);
  return join(CACHE, 'warmup', `${name}.sqlite`);
}

function forget(path: string): void {
  for (const suffix of ['', '-wal', '-shm']) rmSync(`${path}${suffix}`, { force: true });
}

async function warm(
  settings: Settings,
  path: string,
  tell: (line: string) => void,
): Promise<Result<Outcome, WarmupFailure>> {
  const opened = openCheckpoint(path, settings.url);
  if (!opened.ok) return opened;
  try {
    return await warmFrom(settings, opened.value, path, tell);
  } finally {
    opened.value.close();
  }
}

async function warmFrom(
  settings: Settings,
  checkpoint: Checkpoint,
  path: string,
  tell: (line: string) => void,
): Promise<Result<Outcome, WarmupFailure>> {
  const beganMs = clock();
  const budget = createBudget(settings, clock);
  const stop = (): void => budget.stop('interrupted');
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  const ended = () => budget.ended() !== undefined;
  const { sleep } = REAL_TIMING;
  const pace = createPace({ ...settings, clock, sleep, ended });
  const meter = createMeter();
  const service = createService(
    settings.url,
    settings.key,
    createAsk({
      ...{ pace, budget, meter },
      ...{ timing: REAL_TIMING, clock },
    }),
  );
  const known = await findModels(service, settings.models);
  if (!known.ok) return known;
  const { facts, models } = known.value;
  const tally = createTally(
    models.map(({ name }) => name),
    tell,
  );

  const gathering = createGathering(checkpoint, tell, ended);
  const trustedOrigins = originsOf(settings);
  const fetchSafely = createFetchSafely(trustedOrigins);
  const { fields, base, pages, sources } = settings;
  const options = { fetchSafely, stdin: process.stdin, trustedOrigins, base, fields, pages };
  await checkpoint.inOneCommit(() => gather(sources, options, gathering));
  const pictures = checkpoint.count();
  const found = gathering.gathered();
  tell(`${pictures} pictures (${found.added} new), ${models.length} models, ${settings.url}`);

  const warmed = settings.dryRun ? [] : await warmModels(service, models, tell);
  const total = pictures * models.length;
  const watched = { tally, meter, pace, total, clock };
  const hide = showProgress(watched, process.stderr);
  await processItems({
    ...{ service, checkpoint, budget, tally, models, dryRun: settings.dryRun },
    lanes: settings.concurrency,
    read: ({ place }) => readPicture(place, settings.pictureBytesMax, fetchSafely),
  }).finally(hide);
  process.off('SIGINT', stop);
  process.off('SIGTERM', stop);
  const published = await publish(settings, checkpoint);
  if (!published.ok) return published;
  return ok({
    ...{ service: settings.url, dryRun: settings.dryRun, facts, gathered: found, pictures },
    ended: tally.sum().done + tally.sum().done_before === total ? undefined : budget.ended(),
    models: models.map((model, i) => ({ model, tally: tally.models[i]!, warm: warmed[i] })),
    sum: tally.sum(),
    metered: meter.read(),
    failures: tally.failures(),
    spent: budget.spent(),
    seconds: (clock() - beganMs) / 1000,
    dataCentres: service.dataCentres(),
    checkpoint: settings.dryRun ? undefined : path,
    published: published.value,
  });
}

async function publish(
  { publishList: where, dryRun, models }: Settings,
  checkpoint: Checkpoint,
): Promise<Result<string | undefined, WarmupFailure>> {
  if (where === undefined || dryRun) return ok(undefined);
  const published = await publishList(where, models, checkpoint.digests());
  return published.ok ? published : fail({ why: '', ...published.failure });
}

interface Known {
  readonly facts: Facts;
  readonly models: readonly Model[];
}

async function findModels(
  service: Service,
  references: readonly string[],
): Promise<Result<Known, AskFailure>> {
  const facts = await service.facts();
  if (!facts.ok) return facts;
  const models: Model[] = [];
  for (const reference of references.length === 0 ? [facts.value.defaultModel] : references) {
    const model = await service.model(reference);
    if (!model.ok) return fail({ ...model.failure, why: `${reference}: ${model.failure.why}` });
    models.push(model.value);
  }
  return ok({ facts: facts.value, models });
}

/** One after the other: side by side they would push each other out. */
async function warmModels(
  service: Service,
  models: readonly Model[],
  tell: (line: string) => void,
): Promise<ReadonlyArray<WarmedModel['warm']>> {
  const warmed: Array<WarmedModel['warm']> = [];
  for (const { reference, name } of models) {
    const warm = await service.warm(reference);
    warmed.push(warm);
    if (warm.ok) tell(`${name}: ${warm.value.wasWarm ? 'was warm' : 'is warm now'}`);
    // Another place may have it: an origin answers for a model that is too large here.
    else tell(`${name}: not warm: ${warm.failure.code} ${warm.failure.why}`);
  }
  return warmed;
}

function originsOf({ sources, base }: Settings): readonly string[] {
  const written = [...sources, ...(base === undefined ? [] : [base])];
  return written.filter((text) => /^https?:/i.test(text)).map((text) => new URL(text).origin);
}
