/** Workers Paid; the same figures as answers are priced with (a test holds the two together). */
const USD_PER_MILLION_CPU_MS = 0.02;
const USD_PER_MILLION_REQUESTS = 0.3;

/** What a million pictures cost that take this many CPU milliseconds each. */
export function usdPerMillion(cpuMs: number): number {
  const usd = cpuMs * USD_PER_MILLION_CPU_MS + USD_PER_MILLION_REQUESTS;
  return Math.round(usd * 100) / 100;
}
