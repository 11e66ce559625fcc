import type { IsolateMemory } from '../../src/http/memory-report.ts';
import type { HeapUsage } from './heap.ts';

/** What Cloudflare gives an isolate; 10^6, the stricter reading of "128 MB". */
export const ISOLATE_BYTES_MAX = 128_000_000;

/** Bytes of one isolate at a moment, or the peaks of each over time. */
export interface IsolateBytes {
  readonly heap: number;
  readonly backingStores: number;
  readonly wasm: number;
  readonly total: number;
}

export const NO_BYTES: IsolateBytes = { heap: 0, backingStores: 0, wasm: 0, total: 0 };

/**
 * A moment's total. WASM counts with what it holds now: a decode's memory is asked for and given
 * back without a pause, when no inspector is answered.
 */
export function addUp(usage: HeapUsage, memory: IsolateMemory): IsolateBytes {
  const wasm = sumOf(memory, 'bytes');
  const { totalSize: heap, backingStorageSize: backingStores } = usage;
  return { heap, backingStores, wasm, total: heap + backingStores + wasm };
}

/** Each part's own peak, and the largest total of one moment. */
export function largestOf(a: IsolateBytes, b: IsolateBytes): IsolateBytes {
  return {
    heap: Math.max(a.heap, b.heap),
    backingStores: Math.max(a.backingStores, b.backingStores),
    wasm: Math.max(a.wasm, b.wasm),
    total: Math.max(a.total, b.total),
  };
}

/**
 * The bound that is held against the limit: the parts' peaks as if all were at one moment. No
 * sample sees the inside of a decode, so its peak is taken from the memory's own report.
 */
export function worstCase(sampled: IsolateBytes, memory: IsolateMemory): IsolateBytes {
  const wasm = Math.max(sampled.wasm, sumOf(memory, 'peak_bytes') - neverAtOnce(memory));
  const { heap, backingStores } = sampled;
  return { heap, backingStores, wasm, total: heap + backingStores + wasm };
}

/**
 * Graphs in JavaScript take from the decoders' pool, so their peak, which is among the backing
 * stores, and the decoders' never come together: what the two are beyond the pool counts once.
 */
function neverAtOnce({ wasm, reserved }: IsolateMemory): number {
  const { graphs, decodes } = reserved;
  if (graphs === undefined || decodes === undefined) return 0;
  const decoder = wasm.image_decoder?.peak_bytes ?? 0;
  return Math.max(0, Math.min(decoder, graphs.peak_bytes + decoder - decodes.bytes_max));
}

function sumOf({ wasm }: IsolateMemory, which: 'bytes' | 'peak_bytes'): number {
  return Object.values(wasm).reduce((sum, held) => sum + held[which], 0);
}
