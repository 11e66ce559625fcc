import { describe, expect, it } from 'vitest';
import { sha256 } from '../../digest.ts';
import { fail, ok } from '../../result.ts';
import type { ByteSource, GraphFacts, Tensor } from '../engine.ts';
import { createOrtEngine } from './engine.ts';
import { GRAPH_BYTES_MAX } from './limits.ts';
import type { OrtService } from './protocol.ts';

const facts: GraphFacts = {
  name: 'auk',
  graph: await sha256(Uint8Array.of(1, 2, 3)),
  bytes: 3,
  input: { height: 2, width: 2, layout: 'NCHW' },
  classes: 2,
};
const TENSOR: Tensor = { data: new Float32Array(12), shape: [1, 3, 2, 2] };
const SCORES = Float32Array.of(1, 2);

/** An ORT Worker whose isolate can be made to forget: the real one does so when it likes. */
function startOrtWorker() {
  const state = { held: false, loads: 0, forgetsAtOnce: false, away: false, scores: SCORES };
  function answer<T>(value: T): T {
    if (state.away) throw new Error('Network connection lost.');
    return value;
  }
  const service: OrtService = {
    run: async () => answer(state.held ? ok(state.scores) : fail({ code: 'graph_needed' })),
    held: async () => answer(state.held ? ok({ bytes: 50 }) : fail({ code: 'graph_needed' })),
    async load(_facts, graph) {
      const bytes = await new Response(graph).bytes();
      state.loads++;
      state.held = !state.forgetsAtOnce;
      return answer(bytes.length === 3 ? ok({ bytes: 50 }) : fail({ code: 'graph_unreadable' }));
    },
    memory: async () => {
      const counts = { loads: 0, traps: 0, rewinds: 0 };
      return { linearBytes: 0, linearBytesMax: 0, snapshotBytes: 0, sessions: [], ...counts };
    },
  };
  return { state, service };
}

function makeSource(): ByteSource & { opened: number } {
  return {
    bytes: 3,
    opened: 0,
    async open() {
      this.opened++;
      return ok(new Blob([Uint8Array.of(1, 2, 3)]).stream());
    },
  };
}

describe('the client of the ORT Worker', () => {
  it('loads once, runs, and tells what the Worker measured', async () => {
    const { state, service } = startOrtWorker();
    const session = await createOrtEngine(service).load(makeSource(), facts);
    expect(session).toMatchObject({ ok: true, value: { bytes: 50 } });
    if (session.ok) expect(await session.value.run(TENSOR)).toEqual(ok(SCORES));
    expect(state.loads).toBe(1);
  });

  it('sends no bytes where they are', async () => {
    const { state, service } = startOrtWorker();
    state.held = true;
    const graph = makeSource();
    expect(await createOrtEngine(service).load(graph, facts)).toMatchObject({ ok: true });
    expect(graph.opened).toBe(0);
  });

  it('loads again when another isolate answers', async () => {
    const { state, service } = startOrtWorker();
    const session = await createOrtEngine(service).load(makeSource(), facts);
    state.held = false;
    if (session.ok) expect(await session.value.run(TENSOR)).toEqual(ok(SCORES));
    expect(state.loads).toBe(2);
  });

  it('loads again once, not for ever', async () => {
    const { state, service } = startOrtWorker();
    const session = await createOrtEngine(service).load(makeSource(), facts);
    state.held = false;
    state.forgetsAtOnce = true;
    const ran = session.ok ? await session.value.run(TENSOR) : session;
    expect(ran).toMatchObject({ failure: { code: 'engine_failed' } });
    expect(state.loads).toBe(2);
  });

  it('a Worker that is away is engine_failed, and back again is served', async () => {
    const { state, service } = startOrtWorker();
    const engine = createOrtEngine(service);
    state.away = true;
    const failed = await engine.load(makeSource(), facts);
    expect(failed).toEqual(fail({ code: 'engine_failed', reason: 'Network connection lost.' }));
    state.away = false;
    expect(await engine.load(makeSource(), facts)).toMatchObject({ ok: true });
  });

  it('passes on that the graph could not be read', async () => {
    const { service } = startOrtWorker();
    const gone: ByteSource = { bytes: 3, open: async () => fail({ code: 'graph_unreadable' }) };
    const failed = await createOrtEngine(service).load(gone, facts);
    expect(failed).toEqual(fail({ code: 'graph_unreadable' }));
  });

  it('a graph one byte too large never leaves', async () => {
    const { service } = startOrtWorker();
    const graph = makeSource();
    const large = { ...facts, bytes: GRAPH_BYTES_MAX + 1 };
    const failed = await createOrtEngine(service).load(graph, large);
    expect(failed).toMatchObject({ failure: { code: 'graph_refused' } });
    expect(graph.opened).toBe(0);
  });

  it('a tensor of another shape, or scores of another length, go no further', async () => {
    const { state, service } = startOrtWorker();
    const session = await createOrtEngine(service).load(makeSource(), facts);
    if (!session.ok) expect.unreachable();
    const wide: Tensor = { data: new Float32Array(18), shape: [1, 3, 2, 3] };
    const expected = [1, 3, 2, 2];
    expect(await session.value.run(wide)).toEqual(fail({ code: 'tensor_mismatch', expected }));
    state.scores = Float32Array.of(1, 2, 3);
    const ran = await session.value.run(TENSOR);
    expect(ran).toEqual(fail({ code: 'graph_refused', reason: '3 scores, not 2' }));
  });
});
