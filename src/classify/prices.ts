/** Workers Paid, developers.cloudflare.com/workers/platform/pricing, read in November 2026. */
export const WORKERS_PRICES = {
  usdPerMillionCpuMs: 0.02,
  usdPerMillionRequests: 0.3,
} as const;
