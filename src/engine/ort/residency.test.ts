import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Digest } from '../../digest.ts';
import {
  GRAPH_BYTES_MAX,
  HEAP_BYTES_RESERVED,
  HELD_PER_GRAPH_BYTE,
  ISOLATE_BYTES_MAX,
  LINEAR_BYTES_MAX,
  PEAK_PER_GRAPH_BYTE,
  RUNTIME_BYTES,
} from './limits.ts';
import { type HeldGraph, planLoad } from './residency.ts';

const RESNET18 = 11_800_000;
const RESNET50 = 26_010_129;

function held(...sizes: readonly number[]): HeldGraph[] {
  return sizes.map((graphBytes, i) => ({ digest: `held ${i}` as Digest, graphBytes }));
}

const CASES: ReadonlyArray<
  readonly [name: string, heldBytes: readonly number[], graphBytes: number, evicted: number | null]
> = [
  ['an empty isolate takes a ResNet-50', [], RESNET50, 0],
  ['a ResNet-18 joins a ResNet-50', [RESNET50], RESNET18, 0],
  ['a ResNet-50 needs the isolate alone at its peak', [RESNET18], RESNET50, 1],
  ['two ResNet-50 do not fit', [RESNET50], RESNET50, 1],
  ['the longest unused goes first, and no more than needed', [RESNET18, RESNET18], 22e6, 1],
  ['tiny graphs stay beside anything', [20_000, 20_000], RESNET50, 0],
  ['a graph of the greatest size is taken', [], GRAPH_BYTES_MAX, 0],
  ['one byte more is refused', [], GRAPH_BYTES_MAX + 1, null],
  ['a ResNet-101 is refused, and costs nobody their session', [RESNET50], 45e6, null],
];

describe('planLoad', () => {
  it.each(CASES)('%s', (_name, heldBytes, graphBytes, evicted) => {
    const plan = planLoad(held(...heldBytes), graphBytes);
    if (evicted === null) expect(plan).toEqual({ to: 'refuse' });
    else
      expect(plan).toEqual({
        to: 'load',
        evict: held(...heldBytes)
          .slice(0, evicted)
          .map((g) => g.digest),
      });
  });

  it('never lets the isolate pass 128 MB in all', () => {
    const size = fc.integer({ min: 1, max: 60_000_000 });
    fc.assert(
      fc.property(fc.array(size, { maxLength: 6 }), size, (sizes, graphBytes) => {
        const graphs = held(...sizes);
        const plan = planLoad(graphs, graphBytes);
        if (plan.to === 'refuse') return;
        const kept = graphs.filter((graph) => !plan.evict.includes(graph.digest));
        const keptBytes = kept.reduce((sum, g) => sum + g.graphBytes * HELD_PER_GRAPH_BYTE, 0);
        const linearBytes = RUNTIME_BYTES + graphBytes * PEAK_PER_GRAPH_BYTE + keptBytes;
        expect(linearBytes).toBeLessThanOrEqual(LINEAR_BYTES_MAX);
        const inAll = LINEAR_BYTES_MAX + graphBytes + HEAP_BYTES_RESERVED;
        expect(inAll).toBeLessThanOrEqual(ISOLATE_BYTES_MAX);
      }),
    );
  });
});
