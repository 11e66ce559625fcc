import { DataqueryBuilder } from '@grafana/grafana-foundation-sdk/prometheus';
import { PanelBuilder } from '@grafana/grafana-foundation-sdk/timeseries';

const PROMETHEUS = { type: 'prometheus', uid: '$' + '{prometheus}' };

/** What the origin says at GET /metrics. */
export function originPanels(): PanelBuilder[] {
  return [
    panel('Requests a second', 'By route and status', 'reqps', {
      '{{route}} {{status}}': 'sum by (route, status) (rate(razorbill_request_seconds_count[5m]))',
    }),
    panel('Request time', 'Probes left out', 's', {
      p50: quantile(0.5, 'razorbill_request_seconds_bucket{route=~"/v1/classify|/v2/models"}'),
      p99: quantile(0.99, 'razorbill_request_seconds_bucket{route=~"/v1/classify|/v2/models"}'),
    }),
    panel('Run time', 'Of a batch, 99 of 100, by model', 's', {
      '{{model}}':
        'histogram_quantile(0.99, sum by (le, model) (rate(razorbill_run_seconds_bucket[5m])))',
    }),
    panel('Pictures a batch', 'Mean, by model', 'short', {
      '{{model}}':
        'sum by (model) (rate(razorbill_batch_pictures_sum[5m])) ' +
        '/ sum by (model) (rate(razorbill_batch_pictures_count[5m]))',
    }),
    panel('Pictures inside', 'Beyond ORIGIN_WAITING_MAX the next is refused', 'short', {
      '{{instance}}': 'razorbill_queue_pictures',
    }),
    panel('Counted failures', 'A second, by name', 'short', {
      '{{name}}': 'sum by (name) (rate(razorbill_events_total[5m]))',
    }),
    panel('Memory', 'Resident', 'bytes', { '{{instance}}': 'process_resident_memory_bytes' }),
    panel('CPU', 'Processors in use', 'short', {
      '{{instance}}': 'rate(process_cpu_seconds_total[5m])',
    }),
    panel('Event loop', 'Lag, 99 of 100', 's', {
      '{{instance}}': 'nodejs_eventloop_lag_p99_seconds',
    }),
  ];
}

function quantile(q: number, selector: string): string {
  return `histogram_quantile(${q}, sum by (le) (rate(${selector}[5m])))`;
}

function panel(
  title: string,
  description: string,
  unit: string,
  /** PromQL by legend. */
  queries: Readonly<Record<string, string>>,
): PanelBuilder {
  const made = new PanelBuilder()
    .title(title)
    .description(description)
    .datasource(PROMETHEUS)
    .unit(unit)
    .span(8)
    .height(8);
  for (const [i, [legend, expr]] of Object.entries(queries).entries()) {
    const refId = String.fromCharCode('A'.charCodeAt(0) + i);
    made.withTarget(new DataqueryBuilder().refId(refId).expr(expr).legendFormat(legend));
  }
  return made;
}
