import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Telemetry } from '../telemetry/telemetry.ts';

export interface Metrics {
  readonly registry: Registry;
  onRun(run: { readonly model: string; readonly pictures: number; readonly ms: number }): void;
  onRequest(route: string, status: number, ms: number): void;
}

/** Seconds, from a cached answer to what nobody should wait for. */
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** What GET /metrics tells, in Prometheus' text format. `waiting`: pictures in line right now. */
export function createMetrics(waiting: () => number): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const requests = new Histogram({
    name: 'razorbill_request_seconds',
    help: 'Requests, by route and status',
    labelNames: ['route', 'status'],
    buckets: SECONDS,
    registers,
  });
  const runs = new Histogram({
    name: 'razorbill_run_seconds',
    help: 'Runs of a graph, each of one batch',
    labelNames: ['model'],
    buckets: SECONDS,
    registers,
  });
  const pictures = new Histogram({
    name: 'razorbill_batch_pictures',
    help: 'Pictures in a batch',
    labelNames: ['model'],
    buckets: [1, 2, 4, 8, 16, 32, 64, 128],
    registers,
  });
  new Gauge({
    name: 'razorbill_queue_pictures',
    help: 'Pictures whose request is being worked on',
    registers,
    collect() {
      this.set(waiting());
    },
  });
  return {
    registry,
    onRun({ model, pictures: count, ms }) {
      runs.observe({ model }, ms / 1000);
      pictures.observe({ model }, count);
    },
    onRequest(route, status, ms) {
      requests.observe({ route, status: String(status) }, ms / 1000);
    },
  };
}

/** Counts go to Prometheus, log lines to the given telemetry. */
export function withCounters(telemetry: Telemetry, registry: Registry): Telemetry {
  const failures = new Counter({
    name: 'razorbill_events_total',
    help: 'Things that were counted, by name',
    labelNames: ['name'],
    registers: [registry],
  });
  return {
    ...telemetry,
    count(name, labels) {
      failures.inc({ name });
      telemetry.count(name, labels);
    },
  };
}
