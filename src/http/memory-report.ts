import type { Reservations } from '../classify/reservations.ts';

export interface HeldBytes {
  readonly bytes: number;
  /** The most so far in this isolate's life. */
  readonly peak_bytes: number;
}

/** What one isolate holds that no inspector counts, by name. */
export interface IsolateMemory {
  /** The Worker's name. */
  readonly isolate: string;
  /** WebAssembly memories by their own byteLength. */
  readonly wasm: Readonly<Record<string, HeldBytes>>;
  readonly reserved: Readonly<Record<string, HeldBytes & { readonly bytes_max: number }>>;
}

/**
 * What GET /debug/memory answers, on a laptop only; `npm run check:limits` adds heap and backing
 * stores. The isolate that answers comes first, then those behind its service bindings.
 */
export type MemoryReport = readonly IsolateMemory[];

export function toReserved(
  pools: Readonly<Record<string, Reservations>>,
): IsolateMemory['reserved'] {
  const facts = Object.entries(pools).map(([name, pool]) => [
    name,
    { bytes: pool.takenBytes(), peak_bytes: pool.peakBytes(), bytes_max: pool.bytesMax },
  ]);
  return Object.fromEntries(facts);
}
