import type { Result } from '../result.ts';
import { fail, ok } from '../result.ts';
import type { CheckedGraph, CheckedNode, Value } from './checked.ts';
import type { OnnxFailure } from './failure.ts';
import type { OnnxModel, OnnxValue } from './graph.ts';
import { inferNode } from './infer.ts';
import type { OnnxLimits } from './limits.ts';
import { ONNX_LIMITS } from './limits.ts';
import { checkNames, sortNodes } from './order.ts';
import { countElements } from './read-tensor.ts';
import { Verdict } from './wire.ts';

/**
 * Judges a whole graph from the file alone: names, order, types, attributes and shapes, inferred
 * for batch 1 where the batch is symbolic. Nothing is computed and no tensor memory is taken.
 */
export function checkModel(
  model: OnnxModel,
  limits: OnnxLimits = ONNX_LIMITS,
): Result<CheckedGraph, OnnxFailure> {
  const verdict = new Verdict(limits);
  const graph = checkGraph(model, verdict);
  if (verdict.failure !== null) return fail(verdict.failure);
  if (graph === null) throw new Error('check: neither a graph nor a failure');
  return ok(graph);
}

function checkGraph(model: OnnxModel, verdict: Verdict): CheckedGraph | null {
  const { graph } = model;
  const inputName = checkNames(graph, verdict);
  const ordered = sortNodes(graph.nodes, verdict);
  const declared = graph.inputs.find(({ name }) => name === inputName);
  if (declared === undefined) verdict.refuse('input_count', 'graph');
  if (verdict.failure !== null || declared === undefined) return null;
  const input = toConcrete(declared, verdict);
  const initializers = new Map(graph.initializers.map((tensor) => [tensor.name, tensor]));
  const values = new Map<string, Value>([...initializers]);
  values.set(input.name, input);
  const nodes: CheckedNode[] = [];
  for (const node of ordered) {
    if (verdict.failure !== null) return null;
    const inferred = inferNode(node, values, initializers, verdict);
    if (inferred === null || verdict.failure !== null) return null;
    checkActivation(inferred.value, verdict);
    nodes.push(inferred.node);
    values.set(inferred.value.name, inferred.value);
  }
  for (const output of graph.outputs) checkDeclared(output, values, verdict);
  const outputs = graph.outputs.map(({ name }) => name);
  return { input, outputs, nodes, initializers, values };
}

/** The batch may be symbolic and is 1 then. */
function toConcrete(value: OnnxValue, verdict: Verdict): Value {
  const dims = value.dims.map((dim, axis) => {
    if (typeof dim === 'number') return dim;
    if (axis > 0) verdict.refuse('unsupported_shape', value.name);
    return 1;
  });
  const concrete = { name: value.name, type: value.type, dims };
  checkActivation(concrete, verdict);
  return concrete;
}

function checkActivation(value: Value, verdict: Verdict): void {
  countElements(value.dims, verdict.limits.activationElementsMax, { verdict }, value.name);
}

function checkDeclared(
  output: OnnxValue,
  values: ReadonlyMap<string, Value>,
  verdict: Verdict,
): void {
  const value = values.get(output.name);
  if (value === undefined) {
    verdict.refuse('missing_output', output.name);
    return;
  }
  if (value.type !== output.type) verdict.refuse('bad_type', output.name);
  const agrees =
    value.dims.length === output.dims.length &&
    output.dims.every((dim, axis) => typeof dim === 'string' || dim === value.dims[axis]);
  if (!agrees) verdict.refuse('shape_mismatch', output.name);
}
