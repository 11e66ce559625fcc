import { describe, expect, it } from 'vitest';
import { createMemoryTelemetry } from '../../test/worker/memory-telemetry.ts';
import { createAnalyticsTelemetry, type DataPoint } from './analytics.ts';
import { BLOBS, DOUBLES } from './columns.ts';
import { createFanOut } from './fan-out.ts';
import { BLOB_BYTES_MAX, COUNT_WINDOW_MS, INDEX_BYTES_MAX, SERIES_MAX } from './limits.ts';
import type { Telemetry } from './telemetry.ts';

/** The platform's limits, as its page has them. */
const PLATFORM = { blobs: 20, doubles: 20, indexBytes: 96, blobBytes: 16 * 1024, points: 250 };

interface Recorded {
  readonly telemetry: Telemetry;
  readonly points: DataPoint[];
  readonly failures: string[];
  clockMs: number;
  away: boolean;
}

function record(): Recorded {
  const points: DataPoint[] = [];
  const failures: string[] = [];
  const recorded = { points, failures, clockMs: 1000, away: false };
  const telemetry = createAnalyticsTelemetry({
    dataset: {
      writeDataPoint(point) {
        if (recorded.away) throw new Error('away');
        points.push(point);
      },
    },
    version: 'v1',
    clock: () => recorded.clockMs,
    onFailure: (reason) => void failures.push(reason),
  });
  return Object.assign(recorded, { telemetry });
}

/** By the table's names; empty texts and zeros left out. */
function named(point: DataPoint | undefined): Record<string, string | number> {
  const blobs = BLOBS.map(({ fact }, i) => [fact, point?.blobs[i] ?? ''] as const);
  const doubles = DOUBLES.map(({ fact }, i) => [fact, point?.doubles[i] ?? 0] as const);
  return Object.fromEntries([...blobs, ...doubles].filter(([, value]) => value !== '' && value));
}

describe('the table of columns', () => {
  it('fits the platform and names each fact once', () => {
    expect(BLOBS.length).toBeLessThanOrEqual(PLATFORM.blobs);
    expect(DOUBLES.length).toBeLessThanOrEqual(PLATFORM.doubles);
    const facts = [...BLOBS, ...DOUBLES].map(({ fact }) => fact);
    expect(new Set(facts).size).toBe(facts.length);
    expect(PLATFORM.blobs * BLOB_BYTES_MAX).toBeLessThanOrEqual(PLATFORM.blobBytes);
    expect(INDEX_BYTES_MAX).toBe(PLATFORM.indexBytes);
  });
});

describe('data points', () => {
  it('are one a request, with what its line says', () => {
    const { telemetry, points } = record();
    telemetry.log('info', 'request', {
      method: 'POST',
      route: '/v1/classify',
      status: 200,
      duration_ms: 12,
      model: 'm',
      cache: 'miss',
      pictures: 1,
      at_edge: 1,
      cpu_ms: 102.5,
    });
    expect(points.map(named)).toEqual([
      {
        kind: 'request',
        version: 'v1',
        route: '/v1/classify',
        method: 'POST',
        model: 'm',
        cache: 'miss',
        status: 200,
        duration_ms: 12,
        pictures: 1,
        at_edge: 1,
        cpu_ms: 102.5,
      },
    ]);
    expect(points[0]?.indexes).toEqual(['request /v1/classify']);
    expect([points[0]?.blobs.length, points[0]?.doubles.length]).toEqual([
      BLOBS.length,
      DOUBLES.length,
    ]);
  });

  it.each([
    ['an id', 'request_id', 'r-1'],
    ['a trace', 'trace_id', '4bf9'],
    ['a hash', 'image', 'cc02f8ca'],
    ['a message', 'message', 'at https://a.example/?sig=SECRET'],
    ['a reason', 'reason', 'https://a.example/'],
    ['a key', 'authorization', 'Bearer SECRET'],
    ['what objects inherit', '__proto__', 'x'],
  ])('leave out %s, which no column takes', (_what, name, value) => {
    const { telemetry, points } = record();
    telemetry.log('error', 'bug', { [name]: value });
    expect(JSON.stringify(points)).not.toContain(value === 'x' ? '"x"' : value);
    expect(named(points[0])).toEqual({
      kind: 'event',
      name: 'bug',
      version: 'v1',
      level: 'error',
      times: 1,
    });
  });

  it('let no field take the place of kind, name, level or version', () => {
    const { telemetry, points } = record();
    const fields = { kind: 'request', name: 'x', level: 'info', version: 'v9', times: 7 };
    telemetry.log('warn', 'origin_breaker', fields);
    expect(named(points[0])).toMatchObject({
      kind: 'event',
      name: 'origin_breaker',
      level: 'warn',
      version: 'v1',
      times: 1,
    });
  });

  it.each([
    ['a blob', 'model', BLOB_BYTES_MAX, (p?: DataPoint) => p?.blobs[6]],
    ['the index', 'route', INDEX_BYTES_MAX, (p?: DataPoint) => p?.indexes[0]],
  ])('cut %s at its bound, not before it', (_what, fact, bytesMax, of) => {
    const bytes = (text = '') => new TextEncoder().encode(text).length;
    const lead = fact === 'route' ? 'request '.length : 0;
    for (const [length, expected] of [
      [bytesMax - lead, bytesMax],
      [bytesMax - lead + 1, bytesMax],
      [bytesMax - lead - 1, bytesMax - 1],
    ] as const) {
      const { telemetry, points } = record();
      telemetry.log('info', 'request', { [fact]: 'x'.repeat(length) });
      expect(bytes(of(points[0]))).toBe(expected);
    }
    const { telemetry, points } = record();
    // Three bytes each: a character is not cut in two.
    telemetry.log('info', 'request', { [fact]: '€'.repeat(bytesMax) });
    expect(bytes(of(points[0]))).toBeLessThanOrEqual(bytesMax);
    expect(of(points[0])).not.toContain('\ufffd');
  });

  it.each([Number.NaN, 'text', true])('write %s as a number that can be added up', (value) => {
    const { telemetry, points } = record();
    telemetry.log('info', 'request', { status: value });
    expect(points[0]?.doubles[0]).toBe(value === true ? 1 : 0);
  });
});

describe('counts', () => {
  const failed = { tier: 'worldwide', operation: 'get' };

  it('are written at once, then once a window with what came between', () => {
    const recorded = record();
    const { telemetry, points } = recorded;
    for (let i = 0; i < 500; i++) telemetry.count('cache_failures', failed);
    expect(points.map((point) => named(point).times)).toEqual([1]);
    recorded.clockMs += COUNT_WINDOW_MS - 1;
    telemetry.log('info', 'request', {});
    expect(points.map((point) => named(point).kind)).toEqual(['count', 'request']);
    recorded.clockMs += 1;
    telemetry.log('info', 'request', {});
    expect(named(points.at(-1))).toEqual({
      kind: 'count',
      name: 'cache_failures',
      version: 'v1',
      ...failed,
      times: 499,
    });
    expect(points.at(-1)?.indexes).toEqual(['count cache_failures']);
  });

  it('stay within the points of one invocation, whatever is counted', () => {
    const { telemetry, points } = record();
    for (let picture = 0; picture < 160; picture++) {
      for (let i = 0; i < 50; i++) telemetry.count(`n${i}`);
      telemetry.log('info', 'job_picture', {});
    }
    expect(points.length).toBeLessThanOrEqual(PLATFORM.points);
  });

  it.each([
    [SERIES_MAX - 1, []],
    // The last place is for what finds none.
    [SERIES_MAX, ['other_counts']],
  ])('have so many series: %i', (names, others) => {
    const { telemetry, points } = record();
    for (let i = 0; i < names; i++) telemetry.count('n', { operation: `o${i}` });
    const written = points.map((point) => named(point).name);
    expect(written).toHaveLength(names);
    expect(written.filter((name) => name !== 'n')).toEqual(others);
  });

  it('lose nothing beyond that bound', () => {
    const recorded = record();
    for (let i = 0; i < SERIES_MAX + 9; i++) recorded.telemetry.count('n', { operation: `o${i}` });
    recorded.clockMs += COUNT_WINDOW_MS;
    recorded.telemetry.log('info', 'request', {});
    const times = recorded.points.map((point) => Number(named(point).times ?? 0));
    expect(times.reduce((sum, n) => sum + n)).toBe(SERIES_MAX + 9);
  });
});

describe('a dataset that is away', () => {
  it('is told of, and fails nobody', () => {
    const recorded = record();
    recorded.away = true;
    const { telemetry } = recorded;
    telemetry.log('info', 'request', {});
    telemetry.count('cache_failures');
    telemetry.observe('picture_bytes', 7);
    expect(recorded.failures).toEqual(['Error: away', 'Error: away']);
  });
});

describe('several sinks', () => {
  it('are all told', () => {
    const sinks = [createMemoryTelemetry(), createMemoryTelemetry()];
    const telemetry = createFanOut(sinks);
    telemetry.log('warn', 'slow', { ms: 3 });
    telemetry.count('hits', { tier: 'isolate' });
    telemetry.observe('ms', 3);
    const told = sinks.map((sink) => [sink.lines, sink.counted('hits'), sink.observed('ms')]);
    expect(told[0]).toEqual([[{ level: 'warn', event: 'slow', fields: { ms: 3 } }], 1, [3]]);
    expect(told[1]).toEqual(told[0]);
  });
});
