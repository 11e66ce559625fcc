/** Linear memory as it once was: the pages that were not empty. */
export interface Snapshot {
  /** Held in the JavaScript heap. */
  readonly bytes: number;
  restore(): void;
}

const PAGE_BYTES = 65_536;

/**
 * Allocator, tables and globals of a C++ program live in its linear memory, so writing the old
 * pages back and clearing all others undoes whatever happened since: leaks, fragments, and what a
 * trap left half done. Memory that has grown stays grown; the allocator then finds it there.
 * Only between calls, and nobody may use a pointer from before.
 */
export function takeSnapshot(memory: WebAssembly.Memory): Snapshot {
  const pages: Array<{ readonly at: number; readonly bytes: Uint8Array }> = [];
  const now = new Uint8Array(memory.buffer);
  for (let at = 0; at < now.length; at += PAGE_BYTES) {
    const page = now.subarray(at, at + PAGE_BYTES);
    if (!isEmpty(page)) pages.push({ at, bytes: page.slice() });
  }
  return {
    bytes: pages.length * PAGE_BYTES,
    restore() {
      const all = new Uint8Array(memory.buffer);
      all.fill(0);
      for (const { at, bytes } of pages) all.set(bytes, at);
    },
  };
}

function isEmpty(page: Uint8Array): boolean {
  const words = new Uint32Array(page.buffer, page.byteOffset, page.length / 4);
  return words.every((word) => word === 0);
}
