import type { Reservations } from '../classify/reservations.ts';
import type { AppContext, Services } from './services.ts';

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

/** The isolate that answers comes first, then those behind its service bindings. */
export type MemoryReport = readonly IsolateMemory[];

/** GET /debug/memory, on a laptop only: `npm run check:limits` adds it to heap and backing stores. */
export async function memoryRoute(c: AppContext, services: Services): Promise<Response> {
  c.header('cache-control', 'no-store');
  return c.json({ isolates: await services.memory() });
}

export function toReserved(
  pools: Readonly<Record<string, Reservations>>,
): IsolateMemory['reserved'] {
  const facts = Object.entries(pools).map(([name, pool]) => [
    name,
    { bytes: pool.takenBytes(), peak_bytes: pool.peakBytes(), bytes_max: pool.bytesMax },
  ]);
  return Object.fromEntries(facts);
}
