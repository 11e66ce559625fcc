import type { Result } from '../result.ts';
import { ok } from '../result.ts';
import type { ImageFailure } from './failure.ts';
import type { ImageKernels } from './kernels.ts';
import { tooLarge } from './limits.ts';

type Table = Uint8Array | Int16Array | Int32Array;

/**
 * Lays out a picture's buffers in the kernels' memory. All is asked for first, so that the sum is
 * known, and refused, before any memory is taken.
 */
export interface Arena {
  /** Space whose first contents do not matter. */
  reserve(bytes: number): number;
  /** Space that begins as zeros. */
  reserveZeros(bytes: number): number;
  /** A copy of the table. */
  place(table: Table): number;
  /** Takes the memory and writes the tables; `budgetBytes` is for all of linear memory. */
  commit(budgetBytes: number): Result<void, ImageFailure>;
}

const ALIGN = 16;
const PAGE_BYTES = 65536;

/** `from`: where free memory begins. */
export function createArena(kernels: ImageKernels, from: number = kernels.heapStart()): Arena {
  let at = Math.ceil(from / ALIGN) * ALIGN;
  const tables: { readonly address: number; readonly table: Table }[] = [];
  const zeros: { readonly address: number; readonly bytes: number }[] = [];

  function reserve(bytes: number): number {
    const address = at;
    at += Math.ceil(bytes / ALIGN) * ALIGN;
    return address;
  }

  return {
    reserve,
    reserveZeros(bytes) {
      const address = reserve(bytes);
      zeros.push({ address, bytes });
      return address;
    },
    place(table) {
      const address = reserve(table.byteLength);
      tables.push({ address, table });
      return address;
    },
    commit(budgetBytes) {
      if (at > budgetBytes) return tooLarge('memory', budgetBytes, at);
      const { memory } = kernels;
      // What is beyond the old end is zero by itself; touching it costs a page fault each 4 kB.
      const oldEnd = memory.buffer.byteLength;
      if (!growTo(memory, at)) return tooLarge('memory', budgetBytes, at);
      for (const { address, bytes } of zeros) {
        const dirty = Math.min(bytes, oldEnd - address);
        if (dirty > 0) new Uint8Array(memory.buffer, address, dirty).fill(0);
      }
      for (const { address, table } of tables) {
        const bytes = new Uint8Array(table.buffer, table.byteOffset, table.byteLength);
        new Uint8Array(memory.buffer, address, bytes.length).set(bytes);
      }
      return ok(undefined);
    },
  };
}

/** False where the host has no more memory to give. Views made before are dead afterwards. */
export function growTo(memory: WebAssembly.Memory, bytes: number): boolean {
  const pages = Math.ceil((bytes - memory.buffer.byteLength) / PAGE_BYTES);
  if (pages <= 0) return true;
  try {
    memory.grow(pages);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
