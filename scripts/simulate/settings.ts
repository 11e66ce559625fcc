/** What is assumed, not measured. Every one is an option of the command or a constant here. */
export interface FleetSettings {
  /** Worldwide. */
  readonly perSecond: number;
  readonly requests: number;
  readonly seed: number;
  readonly images: number;
  readonly exponent: number;
  readonly dataCentres: number;
  /** Instances of the origin; 0: none. */
  readonly origins: number;
  readonly cacheApiMs: number;
  readonly r2Ms: number;
  /** There and back. */
  readonly originTripMs: number;
  readonly cacheApiLifetimeMs: number;
  readonly r2LifetimeMs: number;
  /** An isolate that had nothing to do for so long is gone. */
  readonly idleMs: number;
}

const DAY_MS = 86_400_000;

/** Neither vendor documents these delays and lifetimes of isolates: guesses, said to be such. */
export const ASSUMED = {
  images: 1_000_000,
  exponent: 0.9,
  dataCentres: 30,
  cacheApiMs: 5,
  r2Ms: 60,
  originTripMs: 80,
  cacheApiLifetimeMs: DAY_MS,
  r2LifetimeMs: 30 * DAY_MS,
  idleMs: 600_000,
} as const;

/** An isolate's memory, of which session and decoding leave this share of the rest to answers. */
export const ISOLATE = { bytes: 128e6, otherBytes: 60e6, answerBytes: 5_100, busyMs: 250 } as const;

/** Of an origin: src/container/settings.ts. */
export const ORIGIN = { batchMax: 16, waitingMax: 256 } as const;
