import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import { BLOBS, DOUBLES } from '../../src/telemetry/columns.ts';

export type ColumnType = 'timestamp' | 'number' | 'string';

/** Names of results with their types: Analytics Engine writes 64-bit numbers as texts. */
export type Results = Readonly<Record<string, ColumnType>>;

const COLUMNS: ReadonlyMap<string, string> = new Map([
  ...BLOBS.map(({ fact }, i) => [fact, `blob${i + 1}`] as const),
  ...DOUBLES.map(({ fact }, i) => [fact, `double${i + 1}`] as const),
]);

/** The dataset's column of a fact; a fact that has none is our own slip. */
export function column(fact: string): string {
  const found = COLUMNS.get(fact);
  if (found === undefined) throw new RangeError(`no column for ${fact}`);
  return found;
}

/** A sum that counts sampled rows for what they stand for. */
export function total(fact: string): string {
  return `SUM(_sample_interval * ${column(fact)})`;
}

/** How the Infinity data source asks Analytics Engine: its base address ends before `/sql`. */
export function infinityModel(refId: string, sql: string, results: Results): object {
  return {
    refId,
    type: 'json',
    source: 'url',
    // Runs in Grafana's server, as alerts need it.
    parser: 'backend',
    format: 'table',
    url: '/sql',
    url_options: {
      method: 'POST',
      body_type: 'raw',
      body_content_type: 'text/plain',
      data: sql,
    },
    root_selector: 'data',
    columns: Object.entries(results).map(([selector, type]) => ({
      selector,
      text: selector,
      type,
    })),
  };
}

/** A panel's target. */
export function analyticsQuery(sql: string, results: Results): Builder<Dataquery> {
  const query = { ...infinityModel('A', sql, results), _implementsDataqueryVariant() {} };
  return { build: () => query };
}

// Grafana's variables in its queries look like JavaScript's in a template.
const grafana = (variable: string): string => `\${${variable}}`;

/** Of a dashboard: the range that it shows. */
export const SHOWN: string = ['from', 'to']
  .map((end) => [end === 'from' ? '>=' : '<', grafana(`__${end}:date:seconds`)] as const)
  .map(([compare, seconds]) => `timestamp ${compare} toDateTime(${seconds})`)
  .join(' AND ');

/** Of a dashboard: the step of its time series, a variable of it. */
export const STEP: string = [
  `toStartOfInterval(timestamp, INTERVAL '${grafana('minutes')}' MINUTE)`,
  'AS time',
].join(' ');
