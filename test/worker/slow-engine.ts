import type { ByteSource, Engine, EngineFailure, GraphFacts } from '../../src/engine/engine.ts';
import { fail, ok } from '../../src/result.ts';

export interface EngineLog {
  loads: number;
  /** Sessions that were loaded and not yet disposed: their bytes, together. */
  bytesHeld: number;
  bytesHeldPeak: number;
  /** Digests of disposed sessions that were run all the same. */
  readonly runAfterDispose: string[];
}

export interface SlowEngine extends Engine {
  readonly log: EngineLog;
  /** What the next run answers instead of scores. */
  failNextRun(failure: EngineFailure): void;
  failNextLoad(failure: EngineFailure): void;
}

/**
 * An engine that reads the graph to its end as every engine must, takes some turns of the event
 * loop, and keeps account. Its scores are the graph's first two bytes.
 */
export function createSlowEngine(bytesOf: (facts: GraphFacts) => number): SlowEngine {
  const log: EngineLog = { loads: 0, bytesHeld: 0, bytesHeldPeak: 0, runAfterDispose: [] };
  const nextRun: EngineFailure[] = [];
  const nextLoad: EngineFailure[] = [];
  return {
    name: 'slow',
    estimateBytes: bytesOf,
    log,
    failNextRun: (failure) => nextRun.push(failure),
    failNextLoad: (failure) => nextLoad.push(failure),
    async load(graph, facts) {
      const failure = nextLoad.shift();
      if (failure !== undefined) return fail(failure);
      const scores = await readScores(graph);
      if (scores === undefined) return fail({ code: 'graph_unreadable' });
      const bytes = bytesOf(facts);
      let open = true;
      log.loads++;
      log.bytesHeld += bytes;
      log.bytesHeldPeak = Math.max(log.bytesHeldPeak, log.bytesHeld);
      return ok({
        engine: 'slow',
        bytes,
        async run() {
          if (!open) log.runAfterDispose.push(facts.graph);
          await Promise.resolve();
          const failed = nextRun.shift();
          return failed === undefined ? ok(scores) : fail(failed);
        },
        dispose() {
          if (open) log.bytesHeld -= bytes;
          open = false;
        },
      });
    },
  };
}

async function readScores(graph: ByteSource): Promise<Float32Array | undefined> {
  const opened = await graph.open();
  if (!opened.ok) return undefined;
  const bytes = await new Response(opened.value).bytes().catch(() => undefined);
  return bytes === undefined ? undefined : Float32Array.of(bytes[0] ?? 0, bytes[1] ?? 0);
}
