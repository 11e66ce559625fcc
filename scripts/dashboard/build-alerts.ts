import { PRICES } from '../costs/prices.ts';
import { column, infinityModel, total } from './analytics-query.ts';

/** Grafana's file provisioning: the data source's uid is the operator's to set. */
const ANALYTICS_UID = 'razorbill-analytics';

interface Alert {
  readonly name: string;
  readonly summary: string;
  /** What is compared: SQL of Analytics Engine. */
  readonly value: string;
  readonly where: string;
  /** Minutes that the query looks back. */
  readonly minutes: number;
  readonly fires: { readonly when: 'gt' | 'lt'; readonly than: number };
  readonly severity: 'page' | 'ticket';
}

const REQUESTS = `${column('kind')} = 'request'`;
const EVENTS = `${column('kind')} IN ('event', 'count')`;
const named = (...names: readonly string[]): string =>
  `${EVENTS} AND ${column('name')} IN (${names.map((name) => `'${name}'`).join(', ')})`;
const coded = (...codes: readonly string[]): string =>
  `${REQUESTS} AND ${column('code')} IN (${codes.map((code) => `'${code}'`).join(', ')})`;

const ALERTS: readonly Alert[] = [
  {
    name: 'RazorbillFailing',
    summary: 'More than 2 of 100 requests end in a 5xx',
    value: `sumIf(_sample_interval, ${column('status')} >= 500) / SUM(_sample_interval) * 100`,
    where: REQUESTS,
    minutes: 10,
    fires: { when: 'gt', than: 2 },
    severity: 'page',
  },
  {
    name: 'RazorbillSilent',
    summary: 'No request for 15 minutes',
    value: 'SUM(_sample_interval)',
    where: REQUESTS,
    minutes: 15,
    fires: { when: 'lt', than: 1 },
    severity: 'ticket',
  },
  {
    name: 'RazorbillShedding',
    summary: 'Requests are refused as too much',
    // At the door they are counted, further in each is a request's own point.
    value: `${total('times')} + sumIf(_sample_interval, ${REQUESTS})`,
    where: `${column('kind')} IN ('request', 'count') AND ${column('code')} = 'overloaded'`,
    minutes: 10,
    fires: { when: 'gt', than: 20 },
    severity: 'page',
  },
  {
    name: 'RazorbillOriginResting',
    summary: "The origin's breaker opened",
    value: total('times'),
    where: `${named('origin_breaker')} AND ${column('code')} = 'origin_resting'`,
    minutes: 10,
    fires: { when: 'gt', than: 0 },
    severity: 'page',
  },
  {
    name: 'RazorbillCacheFailing',
    summary: 'A tier of kept answers fails',
    value: total('times'),
    where: named('cache_failures'),
    minutes: 15,
    fires: { when: 'gt', than: 10 },
    severity: 'ticket',
  },
  {
    name: 'RazorbillModelDamaged',
    summary: 'A model cannot be loaded, or its engine fails',
    value: 'SUM(_sample_interval)',
    where: coded('model_unavailable', 'model_damaged', 'graph_refused', 'engine_failed'),
    minutes: 10,
    fires: { when: 'gt', than: 5 },
    severity: 'page',
  },
  {
    name: 'RazorbillJobsFailing',
    summary: 'Events are not turned into jobs, or jobs not into callbacks',
    value: total('times'),
    where: named('queue_message', 'jobs_unavailable', 'queue_send_failures', 'job_failures'),
    minutes: 15,
    fires: { when: 'gt', than: 5 },
    severity: 'page',
  },
  {
    name: 'RazorbillJobsDead',
    summary: 'A job or a callback was given up',
    value: total('times'),
    where:
      `${named('callbacks_given_up')} OR ${named('queue_message')}` +
      ` AND ${column('code')} IN ('dead_letter', 'tries_exhausted')`,
    minutes: 15,
    fires: { when: 'gt', than: 0 },
    severity: 'ticket',
  },
  {
    name: 'RazorbillBug',
    summary: 'A request met a bug of ours',
    value: total('times'),
    where: named('bug', 'misconfigured'),
    minutes: 10,
    fires: { when: 'gt', than: 0 },
    severity: 'page',
  },
  {
    name: 'RazorbillKeysRefused',
    summary: 'Somebody tries keys, or a client lost its own',
    value: 'SUM(_sample_interval)',
    where: coded('unauthorized'),
    minutes: 10,
    fires: { when: 'gt', than: 100 },
    severity: 'ticket',
  },
  {
    name: 'RazorbillCostly',
    summary: 'An hour of CPU and requests cost more than a dollar',
    value:
      `${total('cpu_ms')} / 1000000 * ${PRICES.cpu.usd}` +
      ` + SUM(_sample_interval) / 1000000 * ${PRICES.requests.usd}`,
    where: `${column('kind')} IN ('request', 'job_picture')`,
    minutes: 60,
    fires: { when: 'gt', than: 1 },
    severity: 'ticket',
  },
];

/** deploy/grafana/alerts.yaml, before it is YAML. */
export function buildAlerts(): object {
  const group = { orgId: 1, name: 'razorbill', folder: 'Razorbill', interval: '1m' };
  return { apiVersion: 1, groups: [{ ...group, rules: ALERTS.map(toRule) }] };
}

function toRule(alert: Alert): object {
  const sql = [
    `SELECT ${alert.value} AS value`,
    'FROM razorbill',
    `WHERE (${alert.where})`,
    `  AND timestamp > NOW() - INTERVAL '${alert.minutes}' MINUTE`,
    'LIMIT 1',
  ].join('\n');
  const { when, than } = alert.fires;
  const relativeTimeRange = { from: alert.minutes * 60, to: 0 };
  return {
    uid: alert.name.toLowerCase(),
    title: alert.name,
    condition: 'B',
    data: [
      {
        refId: 'A',
        relativeTimeRange,
        datasourceUid: ANALYTICS_UID,
        model: infinityModel('A', sql, { value: 'number' }),
      },
      {
        refId: 'B',
        relativeTimeRange,
        datasourceUid: '__expr__',
        model: {
          refId: 'B',
          type: 'threshold',
          expression: 'A',
          conditions: [{ evaluator: { type: when, params: [than] } }],
        },
      },
    ],
    // A sum over nothing is a row of 0, or none at all.
    noDataState: when === 'lt' ? 'Alerting' : 'OK',
    execErrState: 'Error',
    for: '5m',
    labels: { severity: alert.severity },
    annotations: {
      summary: alert.summary,
      runbook: `docs/operations.md#${alert.name.toLowerCase()}`,
    },
  };
}
