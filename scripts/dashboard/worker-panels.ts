import { PanelBuilder as TableBuilder } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as SeriesBuilder } from '@grafana/grafana-foundation-sdk/timeseries';
import { PRICES } from '../costs/prices.ts';
import { analyticsQuery, column, type Results, SHOWN, STEP, total } from './analytics-query.ts';

export const ANALYTICS = { type: 'yesoreyeram-infinity-datasource', uid: '$' + '{analytics}' };

const REQUESTS = `${column('kind')} = 'request'`;
const PICTURES = `${column('kind')} IN ('request', 'job_picture')`;

/** What the Worker says of itself, through Analytics Engine. */
export function workerPanels(): Array<SeriesBuilder | TableBuilder> {
  return [...lines(), ...rankings()];
}

function lines(): SeriesBuilder[] {
  const status = column('status');
  const wall = column('duration_ms');
  const answered = `SUM(_sample_interval * (${column('pictures')} - ${column('failed')}))`;
  return [
    series('Requests', 'Answered, refused (4xx) and failed (5xx), each step', 'short', {
      answered: `sumIf(_sample_interval, ${status} < 400)`,
      refused: `sumIf(_sample_interval, ${status} >= 400 AND ${status} < 500)`,
      failed: `sumIf(_sample_interval, ${status} >= 500)`,
    }),
    series(
      'Kept answers',
      'Of pictures that were answered',
      'percentunit',
      { kept: `${total('hits')} / ${answered}` },
      `${REQUESTS} AND ${column('pictures')} > ${column('failed')}`,
    ),
    series(
      'Wall time',
      "Without what the Worker's own thread computed",
      'ms',
      {
        p50: `quantileExactWeighted(0.5)(${wall}, _sample_interval)`,
        p99: `quantileExactWeighted(0.99)(${wall}, _sample_interval)`,
      },
      `${REQUESTS} AND ${column('pictures')} > 0`,
    ),
    series('Computed', 'Pictures, by place', 'short', {
      edge: total('at_edge'),
      origin: total('at_origin'),
    }),
    series(
      'Cost',
      'CPU by the cards and requests, at the prices of docs/costs.md, each step',
      'currencyUSD',
      {
        cpu: `${total('cpu_ms')} / 1000000 * ${PRICES.cpu.usd}`,
        requests: `sumIf(_sample_interval, ${REQUESTS}) / 1000000 * ${PRICES.requests.usd}`,
      },
      PICTURES,
    ),
    series(
      'Refused as too much',
      'Unread, after they were read, or for coming too often',
      'short',
      {
        unread: `sumIf(_sample_interval * ${column('times')}, ${column('name')} = 'refused')`,
        overloaded: `sumIf(_sample_interval, ${REQUESTS} AND ${column('code')} = 'overloaded')`,
        rate_limited: `sumIf(_sample_interval, ${column('code')} = 'rate_limited')`,
      },
      `(${REQUESTS} OR ${column('name')} = 'refused')`,
    ),
  ];
}

function rankings(): TableBuilder[] {
  return [
    table('Problems', 'By code; docs/errors.md explains each', ['code', 'status'], {
      where: `${REQUESTS} AND ${column('code')} != ''`,
      values: { requests: 'SUM(_sample_interval)' },
    }),
    table('Placement', 'Where pictures were computed, and why', ['place', 'because'], {
      where: `${REQUESTS} AND ${column('at_edge')} + ${column('at_origin')} > 0`,
      values: { at_edge: total('at_edge'), at_origin: total('at_origin') },
    }),
    table('Models', 'Pictures, kept answers and CPU-ms', ['model'], {
      where: `${PICTURES} AND ${column('model')} != ''`,
      values: { pictures: total('pictures'), kept: total('hits'), cpu_ms: total('cpu_ms') },
    }),
    table(
      'Troubles',
      'Failing cache tiers, the origin, queues, engines, bugs',
      ['name', 'code', 'tier', 'operation'],
      {
        where: `${column('kind')} IN ('event', 'count')`,
        values: { times: total('times') },
      },
    ),
  ];
}

function series(
  title: string,
  description: string,
  unit: string,
  values: Readonly<Record<string, string>>,
  where: string = REQUESTS,
): SeriesBuilder {
  const named = Object.entries(values).map(([name, sql]) => `  ${sql} AS ${name}`);
  const sql = [
    'SELECT',
    [`  ${STEP}`, ...named].join(',\n'),
    'FROM razorbill',
    `WHERE ${where} AND ${SHOWN}`,
    'GROUP BY time',
    'ORDER BY time',
    'LIMIT 10000',
  ].join('\n');
  const results: Results = {
    time: 'timestamp',
    ...Object.fromEntries(Object.keys(values).map((name) => [name, 'number'] as const)),
  };
  return new SeriesBuilder()
    .title(title)
    .description(description)
    .datasource(ANALYTICS)
    .unit(unit)
    .span(8)
    .height(8)
    .withTarget(analyticsQuery(sql, results));
}

interface Ranking {
  readonly where: string;
  /** The first of them ranks. */
  readonly values: Readonly<Record<string, string>>;
}

function table(
  title: string,
  description: string,
  facts: readonly string[],
  { where, values }: Ranking,
): TableBuilder {
  const [rank] = Object.keys(values);
  const keys = facts.map((fact) => `  ${column(fact)} AS ${fact}`);
  const named = Object.entries(values).map(([name, sql]) => `  ${sql} AS ${name}`);
  const sql = [
    'SELECT',
    [...keys, ...named].join(',\n'),
    'FROM razorbill',
    `WHERE ${where} AND ${SHOWN}`,
    `GROUP BY ${facts.join(', ')}`,
    `ORDER BY ${rank} DESC`,
    'LIMIT 50',
  ].join('\n');
  const results: Results = Object.fromEntries([
    ...facts.map((fact) => [fact, fact === 'status' ? 'number' : 'string'] as const),
    ...Object.keys(values).map((name) => [name, 'number'] as const),
  ]);
  return new TableBuilder()
    .title(title)
    .description(description)
    .datasource(ANALYTICS)
    .span(12)
    .height(8)
    .withTarget(analyticsQuery(sql, results));
}
