import { fail, ok, type Result } from '../../result.ts';
import type { ByteSource, Engine, EngineFailure, GraphFacts, Session, Tensor } from '../engine.ts';
import { TOO_LARGE } from './failure.ts';
import { GRAPH_BYTES_MAX, MEMORY_PER_GRAPH_BYTE } from './limits.ts';
import type { OrtLoadReply, OrtService } from './protocol.ts';

/** ONNX Runtime in the Worker behind `service`. Its sessions live there, and it evicts them. */
export function createOrtEngine(service: OrtService): Engine {
  return {
    name: 'ort',
    estimateBytes: ({ bytes }) => Math.ceil(bytes * MEMORY_PER_GRAPH_BYTE),
    async load(graph, facts) {
      const loaded = await load(service, graph, facts);
      if (!loaded.ok) return loaded;
      return ok(createSession(service, graph, facts, loaded.value.bytes));
    },
  };
}

function createSession(
  service: OrtService,
  graph: ByteSource,
  facts: GraphFacts,
  bytes: number,
): Session {
  return {
    engine: 'ort',
    bytes,
    async run(input) {
      const expected = [1, 3, facts.input.height, facts.input.width];
      const fits = expected.every((size, i) => size === input.shape[i]);
      if (!fits) return fail({ code: 'tensor_mismatch', expected });
      const first = await run(service, facts, input);
      if (first !== 'graph_needed') return first;
      // Another isolate answered, or the session was evicted meanwhile.
      const loaded = await load(service, graph, facts);
      if (!loaded.ok) return loaded;
      const second = await run(service, facts, input);
      if (second !== 'graph_needed') return second;
      return fail({ code: 'engine_failed', reason: 'the session was evicted as soon as loaded' });
    },
    // Other isolates of the main Worker use the same session: that Worker lets it go by itself.
    dispose() {},
  };
}

async function load(
  service: OrtService,
  graph: ByteSource,
  facts: GraphFacts,
): Promise<OrtLoadReply> {
  if (facts.bytes > GRAPH_BYTES_MAX) return fail(TOO_LARGE);
  // A card has more than the engine must know.
  const { name, graph: digest, bytes, input, classes } = facts;
  const known: GraphFacts = { name, graph: digest, bytes, input, classes };
  const held = await call(() => service.held(known));
  if (held.ok) return held;
  if (held.failure.code !== 'graph_needed') return fail(held.failure);
  const opened = await graph.open();
  if (!opened.ok) return opened;
  return call(() => service.load(known, opened.value));
}

async function run(
  service: OrtService,
  facts: GraphFacts,
  input: Tensor,
): Promise<Result<Float32Array, EngineFailure> | 'graph_needed'> {
  const ran = await call(() => service.run(facts.graph, input));
  if (ran.ok) {
    const scores = ran.value.length;
    if (scores === facts.classes) return ran;
    return fail({ code: 'graph_refused', reason: `${scores} scores, not ${facts.classes}` });
  }
  return ran.failure.code === 'graph_needed' ? 'graph_needed' : fail(ran.failure);
}

/** RPC throws when the other isolate died under the call or could not be started. */
async function call<T, F>(
  method: () => Promise<Result<T, F>>,
): Promise<Result<T, F | EngineFailure>> {
  try {
    return await method();
  } catch (thrown) {
    const reason = thrown instanceof Error ? thrown.message : String(thrown);
    return fail({ code: 'engine_failed', reason });
  }
}
