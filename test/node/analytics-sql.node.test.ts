// The queries of deploy/analytics: every column they use is the one that they say it is, and where
// a ClickHouse is at hand they are run over points that our own sink wrote.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { createAnalyticsTelemetry, type DataPoint } from '../../src/telemetry/analytics.ts';
import { BLOBS, DOUBLES } from '../../src/telemetry/columns.ts';
import type { Telemetry } from '../../src/telemetry/telemetry.ts';
import { FUNCTIONS, readSql } from './analytics-sql.ts';
import { ROOT } from './workers.ts';

const FOLDER = join(ROOT, 'deploy/analytics');
const FILES = readdirSync(FOLDER).filter((file) => file.endsWith('.sql'));
const read = (file: string): string => readFileSync(join(FOLDER, file), 'utf8');

const NAMES = new Map<string, string>([
  ...BLOBS.map(({ fact }, i) => [`blob${i + 1}`, fact] as const),
  ...DOUBLES.map(({ fact }, i) => [`double${i + 1}`, fact] as const),
]);

describe('the queries', () => {
  it('are there', () => {
    expect(FILES.length).toBeGreaterThanOrEqual(8);
  });

  it.each(FILES)('%s uses the columns that it says, by their names', (file) => {
    const text = read(file);
    const said = /^-- ((?:(?:blob|double)\d+ \w+(?:, )?)+)$/m.exec(text)?.[1]?.split(', ');
    const used = readSql(text).columns.map((column) => `${column} ${NAMES.get(column)}`);
    expect(said?.toSorted()).toEqual(used.toSorted());
  });

  it.each(FILES)('%s names nothing that Analytics Engine does not know', (file) => {
    const { functions, tables, unknown } = readSql(read(file));
    expect(unknown).toEqual([]);
    expect(tables).toEqual(['razorbill']);
    expect(functions.filter((name) => !FUNCTIONS.has(name.toLowerCase()))).toEqual([]);
  });

  it.each(FILES)('%s counts sampled rows for what they stand for, and ends', (file) => {
    const text = read(file);
    expect(text).not.toMatch(/count\(|avg\(/i);
    for (const [sum] of text.matchAll(/sum(if)?\([^)]*/gi))
      expect(sum).toContain('_sample_interval');
    expect(text).toMatch(/timestamp > NOW\(\) - INTERVAL/);
    expect(text).toMatch(/^LIMIT \d+\n$/m);
  });
});

describe('the reader of queries', () => {
  it.each([
    ['a column that is none', 'SELECT blob7 AS m, modle FROM t', ['modle']],
    ['a keyword of other dialects', 'SELECT blob1 FROM t JOIN u', ['JOIN', 'u']],
    ['a macro', 'SELECT blob1 FROM t WHERE $timeFilter', ['$timeFilter']],
    ['nothing in texts and comments', "SELECT blob1 -- who?\nFROM t WHERE blob1 = 'a b'", []],
  ])('finds %s', (_what, sql, unknown) => {
    expect(readSql(sql).unknown).toEqual(unknown);
  });

  it('tells functions and columns apart', () => {
    expect(readSql('SELECT SUM(_sample_interval * double3) AS n FROM t')).toEqual({
      columns: ['double3'],
      functions: ['SUM'],
      tables: ['t'],
      unknown: [],
    });
  });
});

/** A day of one Worker, told to the real sink. */
function tell(telemetry: Telemetry): void {
  const picture = { method: 'POST', route: '/v1/classify', pictures: 1, failed: 0, unpriced: 0 };
  const large = { ...picture, model: 'large', status: 200, engine: 'simd', format: 'jpeg' };
  const here = { place: 'edge', because: 'resident', cache: 'miss', at_edge: 1, cpu_ms: 100 };
  const there = { place: 'origin', because: 'cold', cache: 'miss', at_origin: 1, unpriced: 1 };
  const kept = {
    place: 'edge',
    because: 'kept',
    cache: 'hit',
    tier: 'isolate',
    hits: 1,
    cpu_ms: 2,
  };
  for (let i = 1; i <= 10; i++) {
    telemetry.log('info', 'request', { ...large, ...here, duration_ms: 10 * i });
  }
  telemetry.log('info', 'request', { ...large, ...there, duration_ms: 300 });
  for (let i = 0; i < 9; i++)
    telemetry.log('info', 'request', { ...large, ...kept, duration_ms: 1 });
  const refused = { ...picture, pictures: 0, status: 503, code: 'overloaded', duration_ms: 0 };
  telemetry.log('info', 'request', refused);
  telemetry.log('info', 'request', { method: 'GET', route: '/livez', status: 200, duration_ms: 0 });
  telemetry.log('info', 'job_picture', { ...large, ...here, model: 'small', cpu_ms: 20 });
  telemetry.log('warn', 'origin_breaker', { code: 'origin_resting' });
  telemetry.count('cache_failures', { tier: 'worldwide', operation: 'get' });
  telemetry.count('refused', { code: 'overloaded', route: '/v1/classify' });
}

/** Rows by query, with sampling at one in ten: everything happened ten times as often. */
const EXPECTED: Readonly<Record<string, readonly object[]>> = {
  'requests.sql': [
    { route: '/v1/classify', status: 200, requests: 200 },
    { route: '/livez', status: 200, requests: 10 },
    { route: '/v1/classify', status: 503, requests: 10 },
  ],
  'hit-ratio.sql': [{ answered: 200, hit_ratio: 0.45 }],
  'hits-by-tier.sql': [{ tier: 'isolate', hits: 90 }],
  'latency.sql': [
    { route: '/v1/classify', cache: 'miss', requests: 110, p50_ms: 60, p99_ms: 300 },
    { route: '/v1/classify', cache: 'hit', requests: 90, p50_ms: 1, p99_ms: 1 },
    { route: '/livez', cache: '', requests: 10, p50_ms: 0, p99_ms: 0 },
  ],
  'cost-by-model.sql': [
    { model: 'large', pictures: 200, cpu_ms: 10_180, unpriced: 10, usd: 0.0002636 },
    { model: 'small', pictures: 10, cpu_ms: 200, unpriced: 0, usd: 0.000004 },
  ],
  'placement.sql': [
    { place: 'edge', because: 'resident', at_edge: 100, at_origin: 0 },
    { place: 'origin', because: 'cold', at_edge: 0, at_origin: 10 },
  ],
  'errors.sql': [{ code: 'overloaded', status: 503, requests: 10 }],
  'top-models.sql': [
    { model: 'large', pictures: 200, hit_ratio: 0.45 },
    { model: 'small', pictures: 10, hit_ratio: 0 },
  ],
  'troubles.sql': [
    { name: 'cache_failures', code: '', tier: 'worldwide', operation: 'get', times: 10 },
    { name: 'refused', code: 'overloaded', tier: '', operation: '', times: 10 },
    { name: 'origin_breaker', code: 'origin_resting', tier: '', operation: '', times: 10 },
  ],
  'versions.sql': [
    { version: 'v1', requests: 220, failing: 10 / 220, p99_ms: 300, hits: 90, pictures: 200 },
  ],
};

// 550 MB, for one test: nobody has it unless he asks. ClickHouse is what Analytics Engine is.
const CHDB = 'chdb';
const clickhouse = await import(CHDB).catch(() => undefined);
const REASON = 'needs ClickHouse: npm install --no-save chdb@3.4.0';

describe.skipIf(clickhouse === undefined)(`the queries, run (${REASON})`, () => {
  it('are all expected to answer something', () => {
    expect(Object.keys(EXPECTED).toSorted()).toEqual(FILES.toSorted());
  });

  it.each(FILES)('%s', (file) => {
    const query = read(file).replace('FROM razorbill', `FROM (${table()})`);
    const text: string = clickhouse.query(query, 'JSONEachRow');
    const rows = text.split('\n').filter((line) => line !== '');
    const found = rows.map((row) => JSON.parse(row) as Record<string, unknown>);
    const expected = EXPECTED[file] ?? [];
    expect(found).toHaveLength(expected.length);
    const order = (row: object) => JSON.stringify(Object.values(row).filter(isText));
    const sorted = found.toSorted((a, b) => order(a).localeCompare(order(b)));
    for (const [i, row] of expected
      .toSorted((a, b) => order(a).localeCompare(order(b)))
      .entries()) {
      for (const [name, value] of Object.entries(row)) {
        const saw = sorted[i]?.[name];
        if (typeof value === 'number') expect(Number(saw), name).toBeCloseTo(value, 9);
        else expect(saw, name).toBe(value);
      }
    }
  });
});

describe.skipIf(clickhouse === undefined)(`what Grafana asks, run (${REASON})`, () => {
  const read = (file: string) => readFileSync(join(ROOT, 'deploy/grafana', file), 'utf8');
  const asked = [
    ...read('razorbill.json').matchAll(/"data": ("SELECT.*")/g),
    ...JSON.stringify(parse(read('alerts.yaml'))).matchAll(/"data":("SELECT.*?[^\\]")/g),
  ].map(([, text = '']) => JSON.parse(text) as string);

  it('is much', () => {
    expect(asked.length).toBeGreaterThanOrEqual(20);
  });

  it('has requests refused unread and those refused later in one alert', () => {
    const [sql = ''] = asked.filter(
      (one) => one.includes("'overloaded'") && one.includes('AS value'),
    );
    expect(JSON.parse(run(sql))).toEqual({ value: 20 });
  });

  it.each(asked)('%s', (sql) => {
    expect(run(sql)).toMatch(/^\{/);
  });

  function run(sql: string): string {
    const inRange = sql
      .replace(/\$\{__from:[^}]*\}/, '0')
      .replace(/\$\{__to:[^}]*\}/, '4000000000')
      .replace(/\$\{minutes\}/, '5')
      .replace('FROM razorbill', `FROM (${table()})`);
    return clickhouse.query(inRange, 'JSONEachRow');
  }
});

function isText(value: unknown): boolean {
  return typeof value === 'string' && !/^\d/.test(value);
}

/** The dataset as the platform makes it of our points: every column there, each row one of ten. */
function table(): string {
  const points: DataPoint[] = [];
  const dataset = { writeDataPoint: (point: DataPoint) => void points.push(point) };
  const onFailure = (reason: string) => expect.unreachable(reason);
  tell(createAnalyticsTelemetry({ dataset, version: 'v1', clock: () => 0, onFailure }));
  const text = (value = '') => `'${value.replaceAll("'", "''")}'`;
  const rows = points.map(({ indexes: [index], blobs, doubles }) => {
    const cells = [text(index), ...places.map((i) => text(blobs[i]))];
    return `(${[...cells, ...places.map((i) => doubles[i] ?? 0)].join(', ')})`;
  });
  const columns = [
    'index1 String',
    ...places.map((i) => `blob${i + 1} String`),
    ...places.map((i) => `double${i + 1} Float64`),
  ].join(', ');
  const given = 'now() - INTERVAL 1 MINUTE AS timestamp, toUInt32(10) AS _sample_interval';
  return `SELECT *, ${given} FROM values('${columns}', ${rows.join(', ')})`;
}

const places = Array.from({ length: 20 }, (_, i) => i);
