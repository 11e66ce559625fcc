import { WORKERS_PRICES } from '../../src/classify/prices.ts';

/** One price, with the page that says it. */
export interface Price {
  readonly usd: number;
  readonly per: string;
  /** What a month of Workers Paid holds already. */
  readonly included?: string;
  readonly source: string;
}

/** When the pages below were read. */
export const READ = 'November 2026';

/**
 * US dollars, and the one table of them: the simulation, the cost page and the Worker's own answers
 * share it. The L4 with 4 vCPU and 16 GiB is Cloud Run's, without zonal redundancy, by reports of
 * 2026; Workers AI's ResNet-50 is a figure of February 2025 that the model's page repeats.
 */
export const PRICES = {
  plan: { usd: 5, per: 'month', source: 'workers/platform/pricing' },
  requests: {
    usd: WORKERS_PRICES.usdPerMillionRequests,
    per: 'million requests',
    included: '10 million',
    source: 'workers/platform/pricing',
  },
  cpu: {
    usd: WORKERS_PRICES.usdPerMillionCpuMs,
    per: 'million CPU-ms',
    included: '30 million',
    source: 'workers/platform/pricing',
  },
  r2Writes: {
    usd: 4.5,
    per: 'million class A operations',
    included: '1 million',
    source: 'r2/pricing',
  },
  r2Reads: {
    usd: 0.36,
    per: 'million class B operations',
    included: '10 million',
    source: 'r2/pricing',
  },
  r2Storage: { usd: 0.015, per: 'GB and month', included: '10 GB', source: 'r2/pricing' },
  d1Reads: {
    usd: 0.001,
    per: 'million rows read',
    included: '25,000 million',
    source: 'd1/platform/pricing',
  },
  d1Writes: {
    usd: 1,
    per: 'million rows written',
    included: '50 million',
    source: 'd1/platform/pricing',
  },
  queues: {
    usd: 0.4,
    per: 'million operations; a message delivered is three',
    included: '1 million',
    source: 'queues/platform/pricing',
  },
  logs: {
    usd: 0.6,
    per: 'million log events, where observability is on',
    included: '20 million',
    source: 'workers/observability/logs/workers-logs',
  },
  points: {
    usd: 0.25,
    per: 'million data points (announced, not billed yet)',
    included: '10 million',
    source: 'analytics/analytics-engine/pricing',
  },
  container: {
    usd: 0.216,
    per: 'hour of a standard-3 (2 vCPU, 8 GiB) awake',
    source: 'containers/pricing',
  },
  gpu: { usd: 1.05, per: 'hour of an L4 with 4 vCPU and 16 GiB', source: 'cloud.google.com/run' },
  workersAi: {
    usd: 2.51,
    per: 'million pictures of @cf/microsoft/resnet-50',
    source: 'workers-ai/platform/pricing',
  },
} as const satisfies Readonly<Record<string, Price>>;

/** What a month of the plan holds, as numbers: for bills of a whole month. */
export const INCLUDED = { requests: 10e6, cpuMs: 30e6 } as const;
