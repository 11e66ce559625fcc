import { describe, expect, it } from 'vitest';
import { addUp, largestOf, NO_BYTES, worstCase } from './isolate-memory.ts';

const MEMORY = {
  isolate: 'one',
  wasm: { codec: { bytes: 10, peak_bytes: 90 }, engine: { bytes: 30, peak_bytes: 30 } },
  reserved: {},
};
const USAGE = { usedSize: 3, totalSize: 5, backingStorageSize: 7 };

describe("an isolate's memory", () => {
  it('is what the heap has taken, its backing stores and every WASM memory', () => {
    const sum = { heap: 5, backingStores: 7, wasm: 40, total: 52 };
    expect(addUp(USAGE, MEMORY)).toEqual(sum);
  });

  it('keeps the peak of each part, and of the total at one moment', () => {
    const first = { heap: 9, backingStores: 1, wasm: 1, total: 11 };
    const second = { heap: 2, backingStores: 2, wasm: 9, total: 13 };
    const peaks = { heap: 9, backingStores: 2, wasm: 9, total: 13 };
    expect(largestOf(first, second)).toEqual(peaks);
    expect(largestOf(second, first)).toEqual(peaks);
  });

  it('is bounded by all peaks together, those that no look can see among them', () => {
    const seen = addUp(USAGE, MEMORY);
    expect(worstCase(seen, MEMORY)).toEqual({ ...seen, wasm: 120, total: 132 });
  });

  it('counts a graph and a decode from one pool as no more than the pool', () => {
    const pool = (peak_bytes: number) => ({ bytes: 0, peak_bytes, bytes_max: 100 });
    const wasm = { image_decoder: { bytes: 0, peak_bytes: 90 } };
    const memory = { isolate: 'one', wasm, reserved: { graphs: pool(60), decodes: pool(100) } };
    expect(worstCase(NO_BYTES, memory).wasm).toBe(40);
    const small = { ...memory, reserved: { graphs: pool(10), decodes: pool(100) } };
    expect(worstCase(NO_BYTES, small).wasm).toBe(90);
  });
});
