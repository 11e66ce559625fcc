import { megabytes, textTable } from '../text-table.ts';
import { type CacheKind, kindName } from './kinds.ts';
import { costMs, type Measured } from './measure.ts';
import type { ModelMemory } from './model-memory.ts';
import { medianOf, ratioBeyondBare, type Summary, summarise } from './statistics.ts';

export interface KindReport extends Summary {
  /** Of the whole workerd process: its simulated R2 and cache too. Null where it is not told. */
  readonly cpu_ms: number | null;
  readonly per_second: number;
  readonly per_second_at_8: number;
}

export interface ModelReport {
  readonly engine: string;
  /** CPU of one inference: an uncached request's less that of one which differs only in it. */
  readonly inference_cpu_ms: number;
  /** (uncached - bare) / (cached - bare), medians of wall time; null: cached was fast as bare. */
  readonly cached_is_faster: number | null;
  /** The same of CPU time, which other work on the machine moves less. */
  readonly cached_is_cheaper: number | null;
  readonly engine_wasm_bytes: number;
  readonly wasm: Readonly<Record<string, number>>;
}

export interface PerSecond {
  readonly sequential: number;
  readonly atEight: number;
}

export function toKindReport(measured: Measured, perSecond: PerSecond): KindReport {
  const { cpuMs, wallMs } = measured;
  return {
    ...rounded(summarise(wallMs)),
    cpu_ms: cpuMs.length > 0 ? round(medianOf(cpuMs)) : null,
    per_second: round(perSecond.sequential),
    per_second_at_8: round(perSecond.atEight),
  };
}

export function toModelReport(
  model: string,
  measured: ReadonlyMap<string, Measured>,
  memory: ModelMemory,
): ModelReport {
  const of = (name: string): Measured => {
    const found = measured.get(name);
    if (found === undefined) throw new RangeError(`report: ${name} was not measured`);
    return found;
  };
  const wall = (cache: CacheKind) => medianOf(of(kindName(model, cache)).wallMs);
  const cost = (cache: CacheKind) => costMs(of(kindName(model, cache)));
  const bare = medianOf(of('bare').wallMs);
  return {
    engine: memory.engine,
    inference_cpu_ms: round(cost('uncached') - cost('decoded')),
    cached_is_faster: ratio(wall('uncached'), wall('cached'), bare),
    cached_is_cheaper: ratio(cost('uncached'), cost('cached'), costMs(of('bare'))),
    engine_wasm_bytes: memory.engineBytes,
    wasm: memory.wasm,
  };
}

export function toTables(
  kinds: Readonly<Record<string, KindReport>>,
  models: Readonly<Record<string, ModelReport>>,
): string {
  const head = ['ms', 'p50', 'p95', 'p99', 'spread', 'CPU', 'per s', 'per s, 8 at once', 'n'];
  const rows = Object.entries(kinds).map(([name, kind]) => [
    name,
    ...[kind.median, kind.p95, kind.p99].map((ms) => ms.toFixed(1)),
    `${(kind.spread * 100).toFixed(0)} %`,
    kind.cpu_ms?.toFixed(1) ?? '-',
    ...[kind.per_second, kind.per_second_at_8].map((n) => n.toFixed(1)),
    String(kind.n),
  ]);
  const modelHead = [
    'model',
    'engine',
    'inference CPU ms',
    'cached faster by',
    'cheaper by',
    'engine WASM MB',
  ];
  const modelRows = Object.entries(models).map(([name, model]) => [
    name,
    model.engine,
    model.inference_cpu_ms.toFixed(1),
    ...[model.cached_is_faster, model.cached_is_cheaper].map(times),
    megabytes(model.engine_wasm_bytes),
  ]);
  return `${textTable(head, rows)}\n\n${textTable(modelHead, modelRows)}`;
}

function rounded(summary: Summary): Summary {
  const entries = Object.entries(summary).map(([name, value]) => [name, round(value)]);
  return Object.fromEntries(entries);
}

function round(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function ratio(dear: number, cheap: number, bare: number): number | null {
  const found = ratioBeyondBare(dear, cheap, bare);
  return found === undefined ? null : round(found);
}

function times(ratio: number | null): string {
  return ratio === null ? 'as bare' : `${ratio.toFixed(1)} x`;
}
