import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makePublication } from '../../test/worker/publications.ts';
import { createSlowEngine, type SlowEngine } from '../../test/worker/slow-engine.ts';
import type { Digest } from '../digest.ts';
import type { ByteSource } from '../engine/engine.ts';
import { ok } from '../result.ts';
import type { ModelCard } from './card.ts';
import { LEASE_MS_MAX, LOADING_PATIENCE_MS } from './limits.ts';
import { createResidentSet, type ResidentSet } from './resident.ts';

const TENSOR = { data: new Float32Array(3072), shape: [1, 3, 32, 32] } as const;
const { card: base } = await makePublication('auk', 1);

/** A card that tells how much memory its session takes. */
function makeCard(graph: string, memory_bytes: number): ModelCard {
  const measured = { engine: 'slow', cpu_ms: 1, machine: '', date: '2026-11-24', command: '' };
  return { ...base, graph: graph as Digest, cost: [{ ...measured, memory_bytes }] };
}

function source(opens: { count: number } = { count: 0 }): ByteSource {
  return {
    bytes: 2,
    async open() {
      opens.count++;
      return ok(new Blob([Uint8Array.of(7, 8)]).stream());
    },
  };
}

/** Sessions take what their card tells, unless `actual` says otherwise. */
function makeSet(
  bytesMax: number,
  actual?: (graph: string) => number,
): { set: ResidentSet; engine: SlowEngine; advance(ms: number): void } {
  let now = 1000;
  const engine = createSlowEngine((facts) => {
    return actual?.(facts.graph) ?? Number(facts.graph.split(':')[1]);
  });
  const keepAlive = (work: Promise<unknown>): void => void work;
  const set = createResidentSet({ engine, bytesMax, clock: () => now, keepAlive });
  return {
    set,
    engine,
    advance: (ms) => {
      now += ms;
    },
  };
}

/** A graph's name tells its size: `a:40`. */
const card = (graph: string): ModelCard => makeCard(graph, Number(graph.split(':')[1]));

async function use(set: ResidentSet, graph: string): Promise<string> {
  const lease = await set.acquire(card(graph), source());
  if (!lease.ok) return lease.failure.code;
  const ran = await lease.value.run(TENSOR);
  lease.value.release();
  return ran.ok ? 'scores' : ran.failure.code;
}

describe('the resident set', () => {
  it('many first requests load once', async () => {
    const { set, engine } = makeSet(100);
    const used = await Promise.all(Array.from({ length: 20 }, () => use(set, 'a:40')));
    expect(new Set(used)).toEqual(new Set(['scores']));
    expect(engine.log.loads).toBe(1);
    expect(set.has('a:40' as Digest)).toBe(true);
  });

  it('holds as much as the budget exactly, then evicts the longest unused', async () => {
    const { set, engine } = makeSet(100);
    for (const graph of ['a:40', 'b:60', 'a:40', 'c:10']) await use(set, graph);
    expect(engine.log.loads).toBe(3);
    expect(set.has('b:60' as Digest)).toBe(false);
    expect(set.has('a:40' as Digest)).toBe(true);
    expect(set.bytes()).toBe(50);
  });

  it('a session larger than the budget is refused, and costs nobody theirs', async () => {
    const { set } = makeSet(100);
    await use(set, 'a:100');
    expect(await use(set, 'b:101')).toBe('graph_refused');
    expect(set.has('a:100' as Digest)).toBe(true);
  });

  it('what is in use is not evicted: who needs its room is told to come back', async () => {
    const { set, engine } = makeSet(100);
    const lease = await set.acquire(card('a:60'), source());
    expect(await use(set, 'b:60')).toBe('engine_busy');
    if (lease.ok) lease.value.release();
    expect(await use(set, 'b:60')).toBe('scores');
    expect(engine.log.bytesHeldPeak).toBe(60);
  });

  it('a session that turns out larger than its card says is let go', async () => {
    const { set, engine } = makeSet(100, (graph) => (graph === 'a:10' ? 101 : 50));
    expect(await use(set, 'a:10')).toBe('graph_refused');
    expect(engine.log.bytesHeld).toBe(0);
    expect(set.bytes()).toBe(0);
    expect(await use(set, 'b:50')).toBe('scores');
  });

  it('a session that turns out a little larger makes others go', async () => {
    const { set, engine } = makeSet(100, (graph) => Number(graph.split(':')[1]) + 5);
    await use(set, 'a:45');
    await use(set, 'b:50');
    expect(set.has('a:45' as Digest)).toBe(false);
    expect(set.bytes()).toBe(55);
    expect(engine.log.bytesHeld).toBe(55);
  });

  it('a failed load is told to all who waited, and is not remembered', async () => {
    const { set, engine } = makeSet(100);
    engine.failNextLoad({ code: 'graph_unreadable' });
    const used = await Promise.all([use(set, 'a:40'), use(set, 'a:40')]);
    expect(used).toEqual(['graph_unreadable', 'graph_unreadable']);
    expect(set.bytes()).toBe(0);
    expect(await use(set, 'a:40')).toBe('scores');
  });

  it('a session that failed is dropped, and the next request loads afresh', async () => {
    const { set, engine } = makeSet(100);
    await use(set, 'a:40');
    engine.failNextRun({ code: 'engine_failed', reason: 'trap' });
    expect(await use(set, 'a:40')).toBe('engine_failed');
    expect(set.bytes()).toBe(0);
    expect(engine.log.bytesHeld).toBe(0);
    expect(await use(set, 'a:40')).toBe('scores');
    expect(engine.log.loads).toBe(2);
  });

  it('a refused tensor or a full line does not cost the session', async () => {
    const { set, engine } = makeSet(100);
    engine.failNextRun({ code: 'engine_busy' });
    engine.failNextRun({ code: 'tensor_mismatch', expected: [1] });
    expect(await use(set, 'a:40')).toBe('engine_busy');
    expect(await use(set, 'a:40')).toBe('tensor_mismatch');
    expect(engine.log.loads).toBe(1);
  });

  it('a load that never ends is begun anew after a while', async () => {
    const { set, engine, advance } = makeSet(100);
    const stuck: ByteSource = { bytes: 2, open: () => new Promise(() => {}) };
    void set.acquire(card('a:60'), stuck);
    await Promise.resolve();
    expect(set.bytes()).toBe(60);
    advance(LOADING_PATIENCE_MS + 1);
    expect(await use(set, 'a:60')).toBe('scores');
    expect(set.bytes()).toBe(60);
    expect(engine.log.loads).toBe(1);
  });

  it('a lease that is never given back holds its room for a while only', async () => {
    const { set, advance } = makeSet(100);
    await set.acquire(card('a:60'), source());
    advance(LEASE_MS_MAX);
    expect(await use(set, 'b:60')).toBe('engine_busy');
    advance(1);
    expect(await use(set, 'b:60')).toBe('scores');
  });

  it('whatever is asked for, the budget holds and nobody runs a disposed session', async () => {
    const graphs = fc.constantFrom('a:10', 'b:20', 'c:30', 'd:40', 'e:50', 'f:90');
    const waves = fc.array(fc.array(graphs, { minLength: 1, maxLength: 5 }), { maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(waves, async (asked) => {
        const { set, engine } = makeSet(100);
        for (const wave of asked) {
          const used = await Promise.all(wave.map((graph) => use(set, graph)));
          for (const answer of used) expect(['scores', 'engine_busy']).toContain(answer);
          expect(set.bytes()).toBeLessThanOrEqual(100);
          expect(set.bytes()).toBe(engine.log.bytesHeld);
        }
        expect(engine.log.bytesHeldPeak).toBeLessThanOrEqual(100);
        expect(engine.log.runAfterDispose).toEqual([]);
      }),
      { numRuns: 50 },
    );
  });
});
