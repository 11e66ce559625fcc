import type { OnnxGraph, OnnxNode } from './graph.ts';
import type { Verdict } from './wire.ts';

/** The one graph input that is no initializer, after every name was found to be written once. */
export function checkNames(graph: OnnxGraph, verdict: Verdict): string | null {
  const initializers = new Set<string>();
  for (const { name } of graph.initializers) claim(initializers, name, verdict);
  const listed = new Set<string>();
  for (const { name } of graph.inputs) claim(listed, name, verdict);
  const free = graph.inputs.filter(({ name }) => !initializers.has(name));
  if (free.length !== 1) verdict.refuse('input_count', 'graph');
  const written = new Set([...initializers, ...listed]);
  for (const node of graph.nodes) {
    for (const name of node.outputs) if (name !== '') claim(written, name, verdict);
  }
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (name !== '' && !written.has(name)) verdict.refuse('missing_initializer', name);
    }
  }
  if (graph.outputs.length === 0) verdict.refuse('missing_output', 'graph');
  for (const { name } of graph.outputs) {
    if (!written.has(name)) verdict.refuse('missing_output', name);
  }
  return free[0]?.name ?? null;
}

function claim(names: Set<string>, name: string, verdict: Verdict): void {
  if (names.has(name)) verdict.refuse('duplicate_name', name);
  names.add(name);
}

/**
 * Nodes so that each comes after those it reads: the file's order where that is sound, else by
 * Kahn's algorithm. Linear in nodes and edges; names are known to be written once.
 */
export function sortNodes(nodes: readonly OnnxNode[], verdict: Verdict): readonly OnnxNode[] {
  const producers = new Map<string, number>();
  nodes.forEach((node, index) => {
    for (const name of node.outputs) if (name !== '') producers.set(name, index);
  });
  const consumers: number[][] = nodes.map(() => []);
  const waiting = nodes.map(() => 0);
  let sorted = true;
  nodes.forEach((node, index) => {
    for (const name of new Set(node.inputs)) {
      const producer = producers.get(name);
      if (producer === undefined) continue;
      if (producer >= index) sorted = false;
      consumers[producer]!.push(index);
      waiting[index]!++;
    }
  });
  if (sorted) return nodes;
  const ready = nodes.flatMap((_, index) => (waiting[index] === 0 ? [index] : []));
  for (let at = 0; at < ready.length; at++) {
    for (const next of consumers[ready[at]!]!) if (--waiting[next]! === 0) ready.push(next);
  }
  if (ready.length !== nodes.length) verdict.refuse('cyclic_graph');
  return ready.map((index) => nodes[index]!);
}
