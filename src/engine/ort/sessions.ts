import type { Digest } from '../../digest.ts';
import { fail, ok, type Result } from '../../result.ts';
import type { GraphFacts, Tensor } from '../engine.ts';
import { type OrtFault, TOO_LARGE, toEngineFailure } from './failure.ts';
import { freeGraph, readGraph } from './graph.ts';
import {
  LINEAR_BYTES_MAX,
  LOADS_WAITING_MAX,
  QUEUE_BYTES_MAX,
  TURN_PATIENCE_MS,
} from './limits.ts';
import type { OrtLoadReply, OrtRunFailure, OrtService } from './protocol.ts';
import { type HeldGraph, planLoad } from './residency.ts';
import type { Runtime } from './runtime.ts';
import { type OrtSession, openSession } from './session.ts';
import { createTurns } from './turns.ts';

interface Held extends HeldGraph {
  readonly session: OrtSession;
}

/** What one isolate holds, and what has happened to it. */
interface State {
  readonly runtime: Runtime;
  /** In the order of last use, longest unused first. */
  readonly held: Map<Digest, Held>;
  /** No session has been made since ONNX Runtime was last rewound. */
  pristine: boolean;
  loads: number;
  traps: number;
  rewinds: number;
}

/**
 * The sessions of one isolate. Loads take turns, because each holds a graph's bytes in the
 * JavaScript heap; what calls into ONNX Runtime takes turns, because there is one thread.
 */
export function createSessions(runtime: Runtime): OrtService {
  const held = new Map<Digest, Held>();
  const state: State = { runtime, held, pristine: true, loads: 0, traps: 0, rewinds: 0 };
  const loading = createTurns(LOADS_WAITING_MAX, TURN_PATIENCE_MS);
  const running = createTurns(QUEUE_BYTES_MAX, TURN_PATIENCE_MS);

  async function load(facts: GraphFacts, stream: ReadableStream): Promise<OrtLoadReply> {
    const present = find(state, facts);
    if (present !== undefined) return present;
    const plan = planLoad([...held.values()], facts.bytes);
    if (plan.to === 'refuse') return fail(TOO_LARGE);
    const graph = await readGraph(stream, facts.bytes, facts.graph);
    if (!graph.ok) return graph;
    const opened = await running.take(0, () => replace(state, plan.evict, graph.value, facts));
    freeGraph(graph.value);
    return opened === 'line_full' ? fail({ code: 'engine_busy' }) : opened;
  }

  return {
    async run(digest, input) {
      const ran = await running.take(input.data.byteLength, () => runHeld(state, digest, input));
      return ran === 'line_full' ? fail({ code: 'engine_busy' }) : ran;
    },
    async load(facts, stream) {
      const loaded = await loading.take(1, () => load(facts, stream));
      if (!stream.locked) await stream.cancel();
      return loaded === 'line_full' ? fail({ code: 'engine_busy' }) : loaded;
    },
    held: async (facts) => find(state, facts) ?? fail({ code: 'graph_needed' }),
    memory: async () => ({
      linearBytes: runtime.memoryBytes(),
      linearBytesMax: LINEAR_BYTES_MAX,
      snapshotBytes: runtime.snapshotBytes,
      sessions: [...held.values()].map(({ digest, session }) => ({ digest, bytes: session.bytes })),
      loads: state.loads,
      traps: state.traps,
      rewinds: state.rewinds,
    }),
  };
}

function find({ held }: State, facts: GraphFacts): OrtLoadReply | undefined {
  const session = held.get(facts.graph)?.session;
  if (session === undefined) return undefined;
  const misfit = session.findMisfit(facts);
  if (misfit !== undefined) return fail({ code: 'graph_refused', reason: misfit });
  return ok({ bytes: session.bytes });
}

async function runHeld(
  state: State,
  digest: Digest,
  input: Tensor,
): Promise<Result<Float32Array, OrtRunFailure>> {
  const found = state.held.get(digest);
  if (found === undefined) return fail({ code: 'graph_needed' });
  state.held.delete(digest);
  state.held.set(digest, found);
  const ran = await found.session.run(input);
  if (ran.ok) return ran;
  if ('code' in ran.failure) return fail(ran.failure);
  if (ran.failure.kind === 'refused') await drop(state, digest);
  else rewind(state, ran.failure);
  return fail({ code: 'engine_failed', reason: ran.failure.reason });
}

/** Lets the sessions go that the plan names, then opens the new one in their place. */
async function replace(
  state: State,
  evict: readonly Digest[],
  graph: Uint8Array,
  facts: GraphFacts,
): Promise<OrtLoadReply> {
  for (const digest of evict) await drop(state, digest);
  const wasPristine = state.pristine;
  let opened = await open(state, graph, facts);
  if (!opened.ok && opened.failure.kind === 'out_of_memory' && !wasPristine) {
    // What room there was lay in pieces. Once more, in memory as on the first day.
    opened = await open(state, graph, facts);
  }
  if (opened.ok) return ok({ bytes: opened.value.bytes });
  return fail(
    opened.failure.kind === 'out_of_memory' ? TOO_LARGE : toEngineFailure(opened.failure),
  );
}

async function open(
  state: State,
  graph: Uint8Array,
  facts: GraphFacts,
): Promise<Result<OrtSession, OrtFault>> {
  state.pristine = false;
  const opened = await openSession(state.runtime, graph, facts);
  if (opened.ok) {
    state.loads++;
    const { graph: digest } = facts;
    state.held.set(digest, { digest, graphBytes: facts.bytes, session: opened.value });
  } else if (opened.failure.kind !== 'refused') {
    rewind(state, opened.failure);
  }
  return opened;
}

async function drop(state: State, digest: Digest): Promise<void> {
  const gone = state.held.get(digest);
  state.held.delete(digest);
  const released = await gone?.session.release();
  if (released?.ok === false) rewind(state, released.failure);
}

/**
 * After a trap nothing in linear memory can be trusted, and a failed allocation leaks what its
 * call had taken. All sessions go; whoever needs one loads it afresh.
 */
function rewind(state: State, fault: OrtFault): void {
  if (fault.kind === 'trapped') state.traps++;
  state.rewinds++;
  state.held.clear();
  state.runtime.rewind();
  state.pristine = true;
}
