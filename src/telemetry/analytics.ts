import { BLOBS, type Column, DOUBLES } from './columns.ts';
import { BLOB_BYTES_MAX, COUNT_WINDOW_MS, INDEX_BYTES_MAX, SERIES_MAX } from './limits.ts';
import type { Labels, LogFields, Telemetry } from './telemetry.ts';

export interface DataPoint {
  readonly indexes: string[];
  readonly blobs: string[];
  readonly doubles: number[];
}

/** The binding, as far as we use it. It returns at once; the platform writes behind the answer. */
export interface Dataset {
  writeDataPoint(point: DataPoint): void;
}

export interface AnalyticsOptions {
  readonly dataset: Dataset;
  /** Id of the deployed version. */
  readonly version: string;
  /** Milliseconds. */
  readonly clock: () => number;
  /** A point that the platform did not take. */
  onFailure(reason: string): void;
}

type Facts = Readonly<Record<string, string | number | boolean>>;

interface Series {
  readonly facts: Facts;
  writtenMs: number;
  /** Counted since, and not written yet. */
  times: number;
}

/** Lines of which there is one a request or a picture; every other line is an event. */
const KINDS: ReadonlySet<string> = new Set(['request', 'job_picture']);

/**
 * Data points of Workers Analytics Engine: one a request, a job's picture and an event, and one for
 * each series of counts a minute, since a request may count hundreds and an invocation may write
 * 250 points. A minute's rest is written with the next point of this isolate, or goes with it.
 */
export function createAnalyticsTelemetry(options: AnalyticsOptions): Telemetry {
  const { dataset, version, clock } = options;
  const series = new Map<string, Series>();

  function tryWrite(facts: Facts): void {
    try {
      dataset.writeDataPoint(toPoint({ ...facts, version }));
    } catch (thrown) {
      options.onFailure(String(thrown));
    }
  }

  function writeDue(): void {
    const nowMs = clock();
    for (const one of series.values()) {
      if (one.times === 0 || nowMs - one.writtenMs < COUNT_WINDOW_MS) continue;
      const { facts, times } = one;
      one.writtenMs = nowMs;
      one.times = 0;
      tryWrite({ ...facts, times });
    }
  }

  function find(name: string, labels: Labels): Series {
    const key = JSON.stringify([name, labels]);
    const found = series.get(key);
    if (found !== undefined) return found;
    if (series.size >= SERIES_MAX) return find(OTHERS, {});
    const facts = { ...labels, kind: 'count', name };
    const made = { facts, writtenMs: Number.NEGATIVE_INFINITY, times: 0 };
    series.set(key, made);
    return made;
  }

  find(OTHERS, {});
  return {
    log(level, event, fields) {
      if (KINDS.has(event)) tryWrite({ ...fields, kind: event });
      else tryWrite({ ...fields, kind: 'event', name: event, level, times: 1 });
      writeDue();
    },
    count(name, labels = {}) {
      find(name, labels).times++;
      writeDue();
    },
    // What is distributed over requests is a column of theirs.
    observe: () => undefined,
  };
}

/** The name of counts beyond the bound on series: there from the start, so that it always fits. */
const OTHERS = 'other_counts';

function toPoint(facts: Facts): DataPoint {
  const { kind = '', route = '', name = '', model = '' } = facts;
  return {
    // The key of sampling: what happens often is sampled without what happens rarely.
    indexes: [cut(`${kind} ${route || name || model}`, INDEX_BYTES_MAX)],
    blobs: BLOBS.map((column) => cut(String(factOf(facts, column) ?? ''), BLOB_BYTES_MAX)),
    doubles: DOUBLES.map((column) => Number(factOf(facts, column) ?? 0) || 0),
  };
}

function factOf(facts: LogFields, { fact }: Column): string | number | boolean | undefined {
  return Object.hasOwn(facts, fact) ? facts[fact] : undefined;
}

/** The longest beginning that takes so many bytes of UTF-8. */
function cut(text: string, bytesMax: number): string {
  // A UTF-16 unit takes three bytes at most: this is the usual case, and costs nothing.
  if (text.length * 3 <= bytesMax) return text;
  const { read } = new TextEncoder().encodeInto(text, new Uint8Array(bytesMax));
  return text.slice(0, read);
}
