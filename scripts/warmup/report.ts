import { megabytes, textTable } from '../text-table.ts';
import type { Facts, Model, Warm } from './api.ts';
import type { AskFailure } from './ask.ts';
import type { BudgetEnd } from './budget.ts';
import type { Gathered } from './gathering.ts';
import type { Metered } from './meter.ts';
import { priceStorage } from './price.ts';
import type { Failed, ModelTally, Sum } from './tally.ts';

/** What a run came to. */
export interface Outcome {
  readonly service: string;
  readonly dryRun: boolean;
  readonly ended: BudgetEnd | undefined;
  readonly facts: Facts;
  readonly models: readonly WarmedModel[];
  readonly gathered: Gathered;
  readonly pictures: number;
  readonly sum: Sum;
  readonly metered: Metered;
  readonly failures: readonly Failed[];
  readonly spent: { readonly requests: number; readonly bytes: number };
  readonly seconds: number;
  readonly dataCentres: readonly string[];
  /** Where an unfinished run goes on from. */
  readonly checkpoint: string | undefined;
  readonly published: string | undefined;
}

export interface WarmedModel {
  readonly model: Model;
  readonly tally: ModelTally;
  /** Undefined in a dry run, which loads nothing. */
  readonly warm: { readonly ok: true; readonly value: Warm } | NotWarm | undefined;
}

type NotWarm = { readonly ok: false; readonly failure: AskFailure };

/** How far an answer that was made now reaches. */
export type Reach = 'worldwide' | 'one_data_centre' | 'one_process' | 'unknown';

export function reachOf(tiers: readonly string[] | undefined): Reach {
  if (tiers === undefined) return 'unknown';
  if (tiers.includes('worldwide')) return 'worldwide';
  return tiers.includes('datacentre') ? 'one_data_centre' : 'one_process';
}

/** 1: something failed. 3: nothing did, but the run ended before its work. */
export function exitCodeOf({ sum, gathered, ended, models }: Outcome): 0 | 1 | 3 {
  const away = ended === 'unauthorized' || ended === 'service_away';
  const cold = models.some(({ warm }) => warm?.ok === false && warm.failure.code !== 'ended');
  if (sum.failed > 0 || gathered.failed.length > 0 || away || cold) return 1;
  return ended === undefined ? 0 : 3;
}

export function toReport(outcome: Outcome): object {
  const { facts, metered, gathered, models, spent } = outcome;
  return {
    service: outcome.service,
    dry_run: outcome.dryRun,
    ended: outcome.ended ?? 'done',
    pictures: outcome.pictures,
    left: leftOf(outcome),
    models: models.map(({ model, tally: { model: _name, ...counts }, warm }) => ({
      model: model.name,
      model_digest: model.graph,
      ...(warm?.ok === true && {
        was_warm: warm.value.wasWarm,
        resident_bytes: warm.value.residentBytes,
      }),
      ...(warm?.ok === false && { not_warm: warm.failure.code }),
      ...counts,
    })),
    sources: gathered,
    requests: spent.requests,
    seconds: Number(outcome.seconds.toFixed(2)),
    p50_ms: metered.p50_ms ?? null,
    p99_ms: metered.p99_ms ?? null,
    told_to_wait: metered.told_to_wait,
    kept: {
      reach: reachOf(facts.tiers),
      tiers: facts.tiers ?? null,
      scope: facts.scope,
      data_centres: outcome.dataCentres,
    },
    cost: costOf(outcome),
    failures: outcome.failures,
    checkpoint: outcome.checkpoint ?? null,
    ...(outcome.published !== undefined && { published: outcome.published }),
  };
}

export function describe(outcome: Outcome): string {
  const { sum, metered, gathered, models, dryRun } = outcome;
  const { p50_ms: p50, p99_ms: p99, told_to_wait: waits } = metered;
  const fresh = dryRun ? 'to send' : 'warmed';
  const head = ['model', 'hit', fresh, 'known', 'failed', 'before', 'MB', 'was warm'];
  const rows = models.map(({ model, tally, warm }) => [
    model.name,
    ...[tally.hit, dryRun ? tally.would_send : tally.warmed, tally.known].map(String),
    ...[tally.failed, tally.done_before].map(String),
    megabytes(tally.sent_bytes),
    warm === undefined ? 'not asked' : describeWarm(warm),
  ]);
  const passed = Object.entries(gathered.skipped).map(([why, count]) => `${count} ${why}`);
  const rate = (sum.done / Math.max(0.001, outcome.seconds)).toFixed(1);
  const lines = [
    textTable(head, rows),
    '',
    `${outcome.pictures} pictures, ${outcome.spent.requests} requests in ` +
      `${outcome.seconds.toFixed(1)} s (${rate}/s)` +
      (p50 === undefined ? '' : `, p50 ${p50} ms, p99 ${p99} ms`) +
      (waits === 0 ? '' : `, told to wait ${waits} times`),
    ...(gathered.again > 0 ? [`${gathered.again} were named again`] : []),
    ...(passed.length > 0 ? [`passed over: ${passed.join(', ')}`] : []),
    ...(gathered.failed.length > 0 ? [`${gathered.failed.length} sources could not be read`] : []),
    ...describeEnd(outcome),
    describeReach(outcome),
    describeCost(outcome),
    ...(outcome.published === undefined ? [] : [outcome.published]),
  ];
  return lines.join('\n');
}

function describeWarm(warm: NonNullable<WarmedModel['warm']>): string {
  if (!warm.ok) return warm.failure.code;
  return warm.value.wasWarm ? 'yes' : 'no';
}

function leftOf({ pictures, models, sum }: Outcome): number {
  return pictures * models.length - sum.done - sum.done_before;
}

function describeEnd(outcome: Outcome): string[] {
  const left = leftOf(outcome);
  const { ended, checkpoint, sum } = outcome;
  if (ended === undefined && sum.failed === 0) return [];
  const why = ended === undefined ? `${sum.failed} failed` : `ended by ${ended}, ${left} left`;
  return [checkpoint === undefined ? why : `${why}: the same command goes on from ${checkpoint}`];
}

const REACH: Readonly<Record<Reach, string>> = {
  worldwide:
    'kept worldwide: the R2 results tier is on, and whoever asks anywhere finds these answers',
  one_data_centre:
    'kept in one data centre only, by its Cache API: who reaches another one is not served ' +
    'from it. RESULT_CACHE_R2 = "on" makes a warm-up worldwide (docs/warm-up.md)',
  one_process: 'kept in the memory of the process that answered, and no further',
  unknown: 'the service does not say where it keeps answers',
};

function describeReach({ facts, dataCentres, dryRun }: Outcome): string {
  const reach = REACH[reachOf(facts.tiers)];
  const said = dryRun ? reach.replace('kept', 'would be kept') : reach;
  const centres = dataCentres.length === 0 ? '' : `; answered by ${dataCentres.join(', ')}`;
  const scope = facts.scope === 'key' ? '; for requests with this key alone' : '';
  return `${said}${centres}${scope}`;
}

function costOf(outcome: Outcome) {
  const { sum, facts } = outcome;
  const looked = sum.hit + sum.warmed + sum.known + sum.would_send;
  const worldwide = reachOf(facts.tiers) === 'worldwide';
  const r2 = worldwide ? priceStorage(looked, sum.warmed + sum.would_send) : undefined;
  return {
    workers_usd: Number(sum.usd.toFixed(6)),
    cpu_ms: sum.cpu_ms,
    ...(r2 && { r2_usd: Number(r2.usd.toFixed(6)), r2_reads_max: r2.reads, r2_writes: r2.writes }),
  };
}

function describeCost(outcome: Outcome): string {
  const { workers_usd: usd, cpu_ms: cpuMs, ...r2 } = costOf(outcome);
  const storage =
    r2.r2_usd === undefined
      ? ''
      : ` and $${r2.r2_usd} of R2 (${r2.r2_writes} writes, at most ${r2.r2_reads_max} reads)`;
  const would = outcome.dryRun ? 'would cost' : 'cost';
  return `${would} about $${usd} of Workers Paid (${cpuMs} CPU-ms by the models' cards)${storage}`;
}
