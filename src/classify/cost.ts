import type { ModelCard } from '../model/card.ts';
import { WORKERS_PRICES } from './prices.ts';

export interface Cost {
  /** CPU milliseconds, as the card has them: a Worker's clock stands still while it works. */
  readonly cpu_ms: number;
  /** What a million such requests cost on Workers Paid. */
  readonly usd_per_million: number;
}

/** What a kept answer takes: hash, look-up, view (`npm run bench:request`, November 2026). */
export const CACHED_ANSWER_CPU_MS = 2;

/** Undefined where nobody has measured this graph on this engine: no figure beats a made-up one. */
export function costOf(card: ModelCard, engine: string, inferred: boolean): Cost | undefined {
  if (!inferred) return toCost(CACHED_ANSWER_CPU_MS);
  const measured = card.cost.find((figure) => figure.engine === engine);
  return measured === undefined ? undefined : toCost(measured.cpu_ms);
}

/** Of one request that ran several models; undefined where one of them was not measured. */
export function addCosts(costs: readonly (Cost | undefined)[]): Cost | undefined {
  let cpuMs = 0;
  for (const cost of costs) {
    if (cost === undefined) return undefined;
    cpuMs += cost.cpu_ms;
  }
  return toCost(cpuMs);
}

/** What a million requests of so many CPU milliseconds cost. */
export function toCost(cpuMs: number): Cost {
  const { usdPerMillionCpuMs, usdPerMillionRequests } = WORKERS_PRICES;
  const usd = cpuMs * usdPerMillionCpuMs + usdPerMillionRequests;
  return { cpu_ms: cpuMs, usd_per_million: Math.round(usd * 100) / 100 };
}
