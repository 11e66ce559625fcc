import type { FleetReport } from './simulate-fleet.ts';

/**
 * US dollars, of the vendors' pages as read in November 2026: workers/platform/pricing, r2/pricing,
 * containers/pricing (standard-3: 2 vCPU, 8 GiB), workers-ai/platform/pricing (ResNet-50, figure of
 * February 2025). The L4 with 4 vCPU and 16 GiB is Cloud Run's, without zonal redundancy, by
 * reports of 2026: check it, or say --origin-usd-per-hour.
 */
export const PRICES = {
  read: '2026-11',
  workersMonth: 5,
  workersRequestsIncluded: 10e6,
  workersMillionRequests: 0.3,
  workersCpuMsIncluded: 30e6,
  workersMillionCpuMs: 0.02,
  r2MillionWrites: 4.5,
  r2MillionReads: 0.36,
  workersAiMillionPictures: 2.51,
  originHour: { cpu: 0.216, cuda: 1.05 },
} as const;

const MONTH_HOURS = 730;

export interface MonthlyCost {
  readonly workers: number;
  readonly r2: number;
  readonly origins: number;
  readonly all: number;
  /** Every picture by Workers AI's ResNet-50, nothing cached, its request to a Worker included. */
  readonly workersAi: number;
}

/** Stored bytes, R2's free share and traffic out (free) are not in it. */
export function monthlyCost(
  report: FleetReport,
  perSecond: number,
  origins: number,
  originUsdPerHour: number,
): MonthlyCost {
  const requests = perSecond * 3600 * MONTH_HOURS;
  const share = (count: number) => (requests * count) / report.counted / 1e6;
  const asked = Math.max(0, requests - PRICES.workersRequestsIncluded) / 1e6;
  const cpuMs = Math.max(0, requests * report.cpuMs - PRICES.workersCpuMsIncluded) / 1e6;
  const base = PRICES.workersMonth + asked * PRICES.workersMillionRequests;
  const workers = base + cpuMs * PRICES.workersMillionCpuMs;
  const r2 =
    share(report.r2Writes) * PRICES.r2MillionWrites + share(report.r2Reads) * PRICES.r2MillionReads;
  const hired = origins * originUsdPerHour * MONTH_HOURS;
  const workersAi = base + (requests / 1e6) * PRICES.workersAiMillionPictures;
  return { workers, r2, origins: hired, all: workers + r2 + hired, workersAi };
}
