import type { Value } from './checked.ts';
import type { OnnxNode, OnnxTensor, OnnxType } from './graph.ts';
import { inferAdd, inferFlatten, inferGemm, inferMatMul, inferReshape } from './infer-dense.ts';
import { inferDequantize, inferQuantize } from './infer-quantize.ts';
import { inferConv, inferPool } from './infer-window.ts';
import type { Operator } from './operators.ts';
import { isOperator } from './operators.ts';
import type { Inferred, Site } from './site.ts';
import type { Verdict } from './wire.ts';

type Rule = (site: Site) => Inferred | null;

/** Fewest and most inputs, and the rule that types and shapes the output. */
const RULES: Readonly<Record<Operator, readonly [least: number, most: number, rule: Rule]>> = {
  Conv: [2, 3, inferConv],
  Relu: [1, 1, inferUnary],
  Add: [2, 2, inferAdd],
  MaxPool: [1, 1, inferPool],
  AveragePool: [1, 1, inferPool],
  GlobalAveragePool: [1, 1, inferGlobalPool],
  Flatten: [1, 1, inferFlatten],
  Reshape: [2, 2, inferReshape],
  Gemm: [2, 3, inferGemm],
  MatMul: [2, 2, inferMatMul],
  QuantizeLinear: [2, 3, inferQuantize],
  DequantizeLinear: [2, 3, inferDequantize],
};

export function inferNode(
  node: OnnxNode,
  values: ReadonlyMap<string, Value>,
  initializers: ReadonlyMap<string, OnnxTensor>,
  verdict: Verdict,
): Inferred | null {
  if (!isOperator(node.op)) {
    verdict.refuseOperator(node.op);
    return null;
  }
  const [least, most, rule] = RULES[node.op];
  const count = node.inputs.length;
  if (count < least || count > most) verdict.refuse('input_count', node.op);
  for (let i = 0; i < least; i++) {
    if (node.inputs[i] === '') verdict.refuse('missing_initializer', node.op);
  }
  const outputs = node.outputs.filter((name, index) => name !== '' || index === 0);
  if (outputs.length > 1) {
    // MaxPool's Indices is the one optional second output that our operators have.
    verdict.refuse(node.op === 'MaxPool' ? 'unsupported_attribute' : 'output_count', node.op);
  }
  const y = outputs[0] ?? '';
  if (y === '') verdict.refuse('output_count', node.op);
  if (verdict.failure !== null) return null;
  const inputs = node.inputs.map((name) => (name === '' ? null : (values.get(name) ?? null)));
  function require(value: Value | null | undefined, ...types: OnnxType[]): Value | null {
    if (value === null || value === undefined) verdict.refuse('missing_initializer', node.op);
    else if (!types.includes(value.type)) verdict.refuse('bad_type', value.name);
    else return value;
    return null;
  }
  return rule({ node, inputs, y, verdict, constant: (name) => initializers.get(name), require });
}

function inferUnary(site: Site): Inferred | null {
  const x = site.require(site.inputs[0], 'float32');
  if (x === null) return null;
  noAttributes(site);
  return { node: { op: 'Relu', x: x.name, y: site.y }, value: { ...x, name: site.y } };
}

function inferGlobalPool(site: Site): Inferred | null {
  const x = site.require(site.inputs[0], 'float32');
  if (x === null) return null;
  noAttributes(site);
  if (x.dims.length !== 4) site.verdict.refuse('unsupported_rank', x.name);
  const dims = [x.dims[0] ?? 1, x.dims[1] ?? 1, 1, 1];
  const node = { op: 'GlobalAveragePool', x: x.name, y: site.y } as const;
  return { node, value: { name: site.y, type: 'float32', dims } };
}

function noAttributes(site: Site): void {
  for (const name of site.node.attributes.keys()) {
    site.verdict.refuse('unsupported_attribute', name);
  }
}
