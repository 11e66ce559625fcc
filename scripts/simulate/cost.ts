import { INCLUDED, PRICES } from '../costs/prices.ts';
import type { FleetReport } from './simulate-fleet.ts';

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
  const asked = Math.max(0, requests - INCLUDED.requests) / 1e6;
  const cpuMs = Math.max(0, requests * report.cpuMs - INCLUDED.cpuMs) / 1e6;
  const base = PRICES.plan.usd + asked * PRICES.requests.usd;
  const workers = base + cpuMs * PRICES.cpu.usd;
  const r2 =
    share(report.r2Writes) * PRICES.r2Writes.usd + share(report.r2Reads) * PRICES.r2Reads.usd;
  const hired = origins * originUsdPerHour * MONTH_HOURS;
  const workersAi = base + (requests / 1e6) * PRICES.workersAi.usd;
  return { workers, r2, origins: hired, all: workers + r2 + hired, workersAi };
}
