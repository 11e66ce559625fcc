import { describe, expect, it } from 'vitest';
import { takeSnapshot } from './rewind.ts';

const PAGE_BYTES = 65_536;

describe('takeSnapshot', () => {
  it('brings back what was, clears what came, and keeps the size', () => {
    const memory = new WebAssembly.Memory({ initial: 4, maximum: 8, shared: true });
    const before = new Uint8Array(memory.buffer);
    before[5] = 1;
    before[2 * PAGE_BYTES - 1] = 2;
    const snapshot = takeSnapshot(memory);
    before.fill(9);
    memory.grow(3);
    new Uint8Array(memory.buffer).fill(7, 4 * PAGE_BYTES);
    snapshot.restore();
    const after = new Uint8Array(memory.buffer);
    expect(after.length).toBe(7 * PAGE_BYTES);
    const found = [...after.entries()].filter(([, byte]) => byte !== 0);
    expect(found).toEqual([
      [5, 1],
      [2 * PAGE_BYTES - 1, 2],
    ]);
  });

  it('holds only pages with something in them', () => {
    const memory = new WebAssembly.Memory({ initial: 16 });
    expect(takeSnapshot(memory).bytes).toBe(0);
    new Uint8Array(memory.buffer)[3 * PAGE_BYTES] = 1;
    expect(takeSnapshot(memory).bytes).toBe(PAGE_BYTES);
  });

  it('can be restored again and again', () => {
    const memory = new WebAssembly.Memory({ initial: 1 });
    const bytes = new Uint8Array(memory.buffer);
    bytes[0] = 1;
    const snapshot = takeSnapshot(memory);
    for (const value of [2, 3]) {
      bytes.fill(value);
      snapshot.restore();
      expect([bytes[0], bytes[1]]).toEqual([1, 0]);
    }
  });
});
