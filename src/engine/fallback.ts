import type { Engine, EngineFailure } from './engine.ts';

/** A refusal that only says what an engine cannot do: every other one is final for each engine. */
const HANDED_ON = /^(unknown_operator|unsupported_|groups_unsupported)/;

/**
 * The first engine where it covers the graph's operators, else the second, which lives in another
 * isolate and keeps its own account of memory: its sessions take nothing here. Fallback is no
 * bypass: a graph that breaks a rule is refused for both.
 */
export function createFallbackEngine(
  first: Engine,
  second: Engine,
  tell: (graph: string, reason: string) => void,
): Engine {
  return {
    name: first.name,
    estimateBytes: (facts) => first.estimateBytes(facts),
    async load(graph, facts) {
      const loaded = await first.load(graph, facts);
      if (loaded.ok) return loaded;
      const reason = handedOnReason(loaded.failure);
      if (reason === undefined) return loaded;
      tell(facts.name, reason);
      const other = await second.load(graph, facts);
      return other.ok ? { ok: true, value: { ...other.value, bytes: 0 } } : other;
    },
  };
}

function handedOnReason(failure: EngineFailure): string | undefined {
  if (failure.code !== 'graph_refused') return undefined;
  return HANDED_ON.test(failure.reason) ? failure.reason : undefined;
}
