// The dashboard and the alerts: what they ask is there to be asked. Metrics are those of a real
// origin's process, Analytics Engine's columns those of the table that the Worker writes by.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parser } from '@prometheus-io/lezer-promql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import * as z from 'zod';
import { buildAlerts } from '../../scripts/dashboard/build-alerts.ts';
import { buildDashboard } from '../../scripts/dashboard/build-dashboard.ts';
import { PROBLEMS } from '../../src/http/problem.ts';
import { BLOBS, DOUBLES } from '../../src/telemetry/columns.ts';
import { FUNCTIONS, readSql } from './analytics-sql.ts';
import { type OriginProcess, startOriginProcess } from './origin-process.ts';
import { ROOT, readSample } from './workers.ts';

const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

const target = z.object({
  expr: z.string().optional(),
  url_options: z.object({ data: z.string() }).optional(),
});
const panel = z.object({
  title: z.string(),
  type: z.string(),
  targets: z.array(target).optional(),
});
const dashboard = z.object({ uid: z.literal('razorbill'), panels: z.array(panel) });

/** Prometheus' own configuration reference, rule files; strict, so that a misspelt key is found. */
const rule = z.strictObject({
  alert: z.string(),
  expr: z.string(),
  for: z
    .string()
    .regex(/^\d+m$/)
    .optional(),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
});
const rules = z.strictObject({
  groups: z.array(z.strictObject({ name: z.string(), rules: z.array(rule) })),
});

/** Grafana's reference of file provisioning, alert rules. */
const query = z.strictObject({
  refId: z.string(),
  relativeTimeRange: z.strictObject({ from: z.number(), to: z.number() }),
  datasourceUid: z.string(),
  model: z.looseObject({ refId: z.string() }),
});
const grafanaRule = z.strictObject({
  uid: z.string().max(40),
  title: z.string().max(190),
  condition: z.string(),
  data: z.array(query).length(2),
  noDataState: z.enum(['OK', 'NoData', 'Alerting']),
  execErrState: z.enum(['OK', 'Error', 'Alerting']),
  for: z.string(),
  labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
  annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
});
const provisioned = z.strictObject({
  apiVersion: z.literal(1),
  groups: z.array(
    z.strictObject({
      orgId: z.number(),
      name: z.string(),
      folder: z.string(),
      interval: z.string(),
      rules: z.array(grafanaRule),
    }),
  ),
});

const DASHBOARD = dashboard.parse(JSON.parse(read('deploy/grafana/razorbill.json')));
const RULES = rules.parse(parse(read('deploy/prometheus/razorbill-rules.yaml')));
const ALERTS = provisioned.parse(parse(read('deploy/grafana/alerts.yaml')));

const ORIGIN_ALERTS = RULES.groups.flatMap((group) => group.rules);
const WORKER_ALERTS = ALERTS.groups.flatMap((group) => group.rules);
const TARGETS = DASHBOARD.panels.flatMap(({ title, targets = [] }) =>
  targets.map((one) => ({ title, ...one })),
);

const PROMQL = [
  ...TARGETS.flatMap(({ title, expr }) => (expr === undefined ? [] : [[title, expr] as const])),
  ...ORIGIN_ALERTS.map(({ alert, expr }) => [alert, expr] as const),
];
const SQL = [
  ...TARGETS.flatMap(({ title, url_options: asked }) =>
    asked === undefined ? [] : [[title, asked.data] as const],
  ),
  ...WORKER_ALERTS.map(({ title, data }) => [title, toSql(data[0]?.model)] as const),
];

function toSql(model: unknown): string {
  return z.object({ url_options: z.object({ data: z.string() }) }).parse(model).url_options.data;
}

describe('deploy/grafana', () => {
  it('is what npm run dashboard writes', () => {
    const built = JSON.stringify(buildDashboard(), null, 2);
    expect(read('deploy/grafana/razorbill.json')).toBe(`${built}\n`);
    expect(parse(read('deploy/grafana/alerts.yaml'))).toEqual(parse(stringify(buildAlerts())));
  });

  it('has panels of both, each with its question', () => {
    const asking = DASHBOARD.panels.filter(({ type }) => type !== 'row');
    expect(asking.length).toBeGreaterThan(15);
    expect(asking.filter(({ targets = [] }) => targets.length === 0)).toEqual([]);
    expect([PROMQL.length > 10, SQL.length > 15]).toEqual([true, true]);
  });
});

describe('questions to Analytics Engine', () => {
  const columns = new Set([
    ...BLOBS.map((_, i) => `blob${i + 1}`),
    ...DOUBLES.map((_, i) => `double${i + 1}`),
  ]);

  it.each(SQL)('%s', (_title, sql) => {
    // Grafana's variables are numbers by the time that they are asked.
    const names = readSql(sql.replaceAll(/\$\{[\w:]+\}/g, '5'));
    expect(names.unknown).toEqual([]);
    expect(names.tables).toEqual(['razorbill']);
    expect(names.columns.filter((column) => !columns.has(column))).toEqual([]);
    expect(names.functions.filter((name) => !FUNCTIONS.has(name.toLowerCase()))).toEqual([]);
    expect(sql).toContain('_sample_interval');
  });

  it('name codes of problems that exist', () => {
    const [, list = ''] = /blob6 IN \(([^)]*)\)/.exec(toSql(find('RazorbillModelDamaged'))) ?? [];
    const codes = list.split(', ').map((code) => code.slice(1, -1));
    expect(codes.length).toBeGreaterThan(2);
    for (const code of [...codes, 'overloaded', 'unauthorized', 'rate_limited']) {
      expect(Object.keys(PROBLEMS)).toContain(code);
    }
  });

  it('name events and counts that the code tells', () => {
    const texts = SQL.map(([, sql]) => /blob2 IN \(([^)]*)\)/.exec(sql)?.[1] ?? '').join(', ');
    const names = [...new Set(texts.match(/\w+/g))];
    expect(names.length).toBeGreaterThan(5);
    const code = ['src/worker.ts', 'src/worker/webhooks.ts', 'src/worker/watch-origin.ts']
      .concat(['src/http/app.ts', 'src/http/shed.ts', 'src/webhook/webhooks.ts'])
      .map(read)
      .join('\n');
    expect(names.filter((name) => !code.includes(`'${name}'`))).toEqual([]);
  });
});

function find(alert: string): unknown {
  return WORKER_ALERTS.find(({ title }) => title === alert)?.data[0]?.model;
}

describe('questions to Prometheus', () => {
  let origin: OriginProcess;
  let metrics = '';

  beforeAll(async () => {
    origin = await startOriginProcess({ ORIGIN_WAITING_MAX: '1' });
    const ask = () =>
      fetch(`${origin.url}/v1/classify`, { method: 'POST', body: readSample('chelsea.png') });
    await Promise.all(Array.from({ length: 8 }, ask));
    metrics = await (await fetch(`${origin.url}/metrics`)).text();
  });
  afterAll(async () => {
    origin.child.kill('SIGTERM');
    await origin.ended;
  });

  it.each(PROMQL)('%s: a query that parses, of metrics that are there', (_title, expr) => {
    const { metrics: asked, labels, errors } = readPromql(expr);
    expect(errors).toBe(0);
    expect(asked.length).toBeGreaterThan(0);
    for (const name of asked.filter((metric) => metric !== 'up')) {
      const family = name.replace(/_(bucket|sum|count)$/, '');
      expect(metrics).toMatch(new RegExp(`^# TYPE ${family} `, 'm'));
    }
    // These two come with the scrape.
    const own = labels.filter((label) => label !== 'job' && label !== 'instance');
    const told = `${metrics} razorbill_events_total{name=""}`;
    for (const label of own) expect(told).toMatch(new RegExp(`[{,]${label}="`));
  });

  it('hear of requests that a full origin refuses', () => {
    const counted =
      /^razorbill_request_seconds_count\{route="\/v1\/classify",status="(\d+)"\} (\d+)/;
    const found = metrics.split('\n').flatMap((line) => {
      const match = counted.exec(line);
      return match === null ? [] : [[Number(match[1]), Number(match[2])] as const];
    });
    const byStatus = new Map(found);
    expect(byStatus.get(200)).toBeGreaterThan(0);
    expect(byStatus.get(503)).toBeGreaterThan(0);
    expect((byStatus.get(200) ?? 0) + (byStatus.get(503) ?? 0)).toBe(8);
  });

  it('are refused by the parser where they are wrong', () => {
    expect(readPromql('sum(rate(a[5m])').errors).toBeGreaterThan(0);
    expect(readPromql('rate(a_total{b="c"}[5m]) > 0')).toEqual({
      metrics: ['a_total'],
      labels: ['b'],
      errors: 0,
    });
  });
});

interface Promql {
  readonly metrics: string[];
  readonly labels: string[];
  readonly errors: number;
}

function readPromql(expr: string): Promql {
  const metrics = new Set<string>();
  const labels = new Set<string>();
  let errors = 0;
  parser.parse(expr).iterate({
    enter({ type, from, to, node }) {
      const text = expr.slice(from, to);
      if (type.isError) errors++;
      if (type.name === 'Identifier' && node.parent?.name === 'VectorSelector') metrics.add(text);
      // `le` is of every histogram's buckets, and is there when they are.
      if (type.name === 'LabelName' && text !== 'le') labels.add(text);
    },
  });
  return { metrics: [...metrics], labels: [...labels], errors };
}

describe('every alert', () => {
  const all = [
    ...ORIGIN_ALERTS.map(({ alert: name, annotations }) => ({ name, ...annotations })),
    ...WORKER_ALERTS.map(({ title: name, annotations }) => ({ name, ...annotations })),
  ];

  it('has a name of its own', () => {
    expect(new Set(all.map(({ name }) => name)).size).toBe(all.length);
  });

  it.each(all)('$name leads to its part of the runbook', ({ name, runbook }) => {
    expect(runbook).toBe(`docs/operations.md#${name.toLowerCase()}`);
    const part = read('docs/operations.md').split(`\n### ${name}\n`)[1]?.split('\n#')[0] ?? '';
    for (const says of ['**Means:**', '**Look:**', '**Do:**']) expect(part).toContain(says);
  });

  it('is all that the runbook has', () => {
    const parts = [...read('docs/operations.md').matchAll(/^### (Razorbill\w+)$/gm)];
    const names = all.map(({ name }) => name).toSorted();
    expect(parts.map(([, name]) => name).toSorted()).toEqual(names);
  });
});
