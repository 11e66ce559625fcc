import type { Digest } from '../../digest.ts';
import { fail, ok, type Result } from '../../result.ts';
import type { GraphFacts, Tensor } from '../engine.ts';
import { type OrtFault, TOO_LARGE, toEngineFailure } from './failure.ts';
import { readGraph } from './graph.ts';
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

/** What has happened in this isolate since it began. */
interface Tally {
  loads: number;
  traps: number;
}

/**
 * The sessions of one isolate. Loads take turns, because each holds a graph's bytes in the
 * JavaScript heap; what calls into ONNX Runtime takes turns, because there is one thread.
 */
export function createSessions(runtime: Runtime): OrtService {
  // In the order of last use, longest unused first.
  const held = new Map<Digest, Held>();
  const tally: Tally = { loads: 0, traps: 0 };
  const loading = createTurns(LOADS_WAITING_MAX, TURN_PATIENCE_MS);
  const running = createTurns(QUEUE_BYTES_MAX, TURN_PATIENCE_MS);

  async function run(digest: Digest, input: Tensor): Promise<Result<Float32Array, OrtRunFailure>> {
    const ran = await running.take(input.data.byteLength, () =>
      runHeld(held, tally, digest, input),
    );
    return ran === 'line_full' ? fail({ code: 'engine_busy' }) : ran;
  }

  async function load(
    facts: GraphFacts,
    stream: ReadableStream<Uint8Array>,
  ): Promise<OrtLoadReply> {
    const loaded = await loading.take(1, async (): Promise<OrtLoadReply> => {
      const present = find(held, facts);
      if (present !== undefined) return present;
      const plan = planLoad([...held.values()], facts.bytes);
      if (plan.to === 'refuse') return fail(TOO_LARGE);
      const graph = await readGraph(stream, facts.bytes, facts.graph);
      if (!graph.ok) return graph;
      const open = () => replace(runtime, held, tally, plan.evict, graph.value, facts);
      const opened = await running.take(0, open);
      return opened === 'line_full' ? fail({ code: 'engine_busy' }) : opened;
    });
    if (!stream.locked) await stream.cancel();
    return loaded === 'line_full' ? fail({ code: 'engine_busy' }) : loaded;
  }

  return {
    run,
    load,
    held: async (facts) => find(held, facts) ?? fail({ code: 'graph_needed' }),
    memory: async () => ({
      linearBytes: runtime.memoryBytes(),
      linearBytesMax: LINEAR_BYTES_MAX,
      sessions: [...held.values()].map(({ digest, session }) => ({ digest, bytes: session.bytes })),
      ...tally,
    }),
  };
}

function find(held: Map<Digest, Held>, facts: GraphFacts): OrtLoadReply | undefined {
  const session = held.get(facts.graph)?.session;
  if (session === undefined) return undefined;
  const misfit = session.findMisfit(facts);
  if (misfit !== undefined) return fail({ code: 'graph_refused', reason: misfit });
  return ok({ bytes: session.bytes });
}

async function runHeld(
  held: Map<Digest, Held>,
  tally: Tally,
  digest: Digest,
  input: Tensor,
): Promise<Result<Float32Array, OrtRunFailure>> {
  const found = held.get(digest);
  if (found === undefined) return fail({ code: 'graph_needed' });
  held.delete(digest);
  held.set(digest, found);
  const ran = await found.session.run(input);
  if (ran.ok) return ran;
  if ('code' in ran.failure) return fail(ran.failure);
  await drop(held, tally, digest);
  await afterFault(held, tally, ran.failure);
  return fail({ code: 'engine_failed', reason: ran.failure.reason });
}

/** Lets the sessions go that the plan names, then opens the new one in their place. */
async function replace(
  runtime: Runtime,
  held: Map<Digest, Held>,
  tally: Tally,
  evict: readonly Digest[],
  graph: Uint8Array,
  facts: GraphFacts,
): Promise<OrtLoadReply> {
  for (const digest of evict) await drop(held, tally, digest);
  const fresh = runtime.memoryBytes() === 0;
  let opened = await openSession(runtime, graph, facts);
  if (!opened.ok && opened.failure.kind === 'out_of_memory' && held.size > 0) {
    // The room there is lies in pieces. Once more, with the isolate to itself.
    await dropAll(held, tally);
    opened = await openSession(runtime, graph, facts);
  }
  if (!opened.ok) {
    await afterFault(held, tally, opened.failure);
    if (fresh && opened.failure.kind === 'out_of_memory') return fail(TOO_LARGE);
    return fail(toEngineFailure(opened.failure));
  }
  tally.loads++;
  const session = opened.value;
  held.set(facts.graph, { digest: facts.graph, graphBytes: graph.length, session });
  return ok({ bytes: session.bytes });
}

/** After a trap nothing in linear memory can be trusted: the next request loads afresh. */
async function afterFault(held: Map<Digest, Held>, tally: Tally, fault: OrtFault): Promise<void> {
  if (fault.kind !== 'trapped') return;
  tally.traps++;
  await dropAll(held, tally);
}

async function dropAll(held: Map<Digest, Held>, tally: Tally): Promise<void> {
  for (const digest of [...held.keys()]) await drop(held, tally, digest);
}

async function drop(held: Map<Digest, Held>, tally: Tally, digest: Digest): Promise<void> {
  const gone = held.get(digest);
  held.delete(digest);
  try {
    await gone?.session.release();
  } catch {
    // Its memory is lost. The lid keeps such losses from adding up; `memory` tells of them.
    tally.traps++;
  }
}
