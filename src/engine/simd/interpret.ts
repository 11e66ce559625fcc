import type { CheckedGraph, CheckedNode, Value } from '../../onnx/checked.ts';
import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import type { EngineFailure, GraphFacts, Session, Tensor } from '../engine.ts';
import { evaluate } from './evaluate.ts';
import { INTERPRETED_WORK_MAX } from './limits.ts';

/**
 * Small graphs that the fused steps do not cover run node by node on plain floats, by the operator
 * definitions. Null where the graph is too large for that: a scalar loop over a whole network would
 * take a request's time many times over.
 */
export function interpretSession(
  graph: CheckedGraph,
  facts: GraphFacts,
): Result<Session, EngineFailure> | null {
  // Constants are held as floats too.
  let work = sizeOf(graph.input);
  for (const name of graph.initializers.keys()) work += sizeOf(graph.values.get(name));
  for (const node of graph.nodes) work += workOf(graph, node);
  if (work > INTERPRETED_WORK_MAX || graph.outputs.length !== 1) return null;
  const output = graph.values.get(graph.outputs[0] ?? '');
  if (output === undefined || sizeOf(output) !== facts.classes) return null;
  const expected = graph.input.dims;
  return ok({
    engine: 'simd',
    bytes: graph.nodes.reduce((sum, node) => sum + 4 * sizeOf(graph.values.get(node.y)), 0),
    async run({ data, shape }: Tensor): Promise<Result<Float32Array, EngineFailure>> {
      const fits =
        shape.length === expected.length && shape.every((size, axis) => size === expected[axis]);
      if (!fits || data.length !== sizeOf(graph.input)) {
        return fail({ code: 'tensor_mismatch', expected });
      }
      const results = evaluate(graph, data);
      return ok(results.get(output.name) ?? new Float32Array(0));
    },
    dispose() {},
  });
}

function sizeOf(value: Value | undefined): number {
  return value === undefined ? 0 : value.dims.reduce((count, dim) => count * dim, 1);
}

function workOf(graph: CheckedGraph, node: CheckedNode): number {
  const out = sizeOf(graph.values.get(node.y));
  if (node.op === 'Conv') {
    const w = graph.values.get(node.w);
    return (out * sizeOf(w)) / (w?.dims[0] ?? 1);
  }
  if (node.op === 'Gemm') {
    const a = graph.values.get(node.a);
    return out * ((node.transA ? a?.dims[0] : a?.dims[1]) ?? 1);
  }
  if (node.op === 'MaxPool' || node.op === 'AveragePool') {
    return out * node.kernel[0] * node.kernel[1];
  }
  return out + (node.op === 'GlobalAveragePool' ? sizeOf(graph.values.get(node.x)) : 0);
}
