import type { OnnxAttribute, OnnxNode } from './graph.ts';
import {
  ATTRIBUTE_NUMBERS_MAX,
  NODE_ATTRIBUTES_MAX,
  NODE_INPUTS_MAX,
  NODE_OUTPUTS_MAX,
} from './limits.ts';
import { isOperator } from './operators.ts';
import type { Fields, Wire } from './wire.ts';

const NODE: Fields = new Map([
  [1, 'bytes'], // input
  [2, 'bytes'], // output
  [3, 'bytes'], // name
  [4, 'bytes'], // op_type
  [5, 'bytes'], // attribute
  [6, 'bytes'],
  [7, 'bytes'], // domain
]);
const ATTRIBUTE: Fields = new Map([
  [1, 'bytes'], // name
  [2, 'fixed32'], // f
  [3, 'varint'], // i
  [4, 'bytes'], // s
  [5, 'bytes'], // t
  [6, 'bytes'], // g
  [7, 'floats'],
  [8, 'varints'], // ints
  [9, 'bytes'],
  [10, 'bytes'],
  [11, 'bytes'],
  [13, 'bytes'],
  [20, 'varint'], // type
  [21, 'bytes'], // ref_attr_name
]);

/** AttributeProto.AttributeType. */
const FLOAT = 1;
const INT = 2;
const STRING = 3;
const FLOATS = 6;
const INTS = 7;

/** NodeProto. The operator is looked at before its attributes are: sub-graphs are never entered. */
export function readNode(wire: Wire): OnnxNode | null {
  const verdict = wire.verdict;
  const inputs: string[] = [];
  const outputs: string[] = [];
  let name = '';
  let op = '';
  let domain = '';
  while (wire.next(NODE)) {
    if (wire.field === 1) {
      if (inputs.length === NODE_INPUTS_MAX) verdict.refuse('input_count', op);
      else inputs.push(wire.text());
    } else if (wire.field === 2) {
      if (outputs.length === NODE_OUTPUTS_MAX) verdict.refuse('output_count', op);
      else outputs.push(wire.text());
    } else if (wire.field === 3) name = wire.text();
    else if (wire.field === 4) op = wire.text();
    else if (wire.field === 7) domain = wire.text();
    else wire.skip();
  }
  const known = isOperator(op) || verdict.foldable.has(op);
  if (!known || (domain !== '' && domain !== 'ai.onnx')) verdict.refuseOperator(op);
  if (verdict.failure !== null) return null;
  return { name, op, inputs, outputs, attributes: readAttributes(wire.again()) };
}

function readAttributes(wire: Wire): ReadonlyMap<string, OnnxAttribute> {
  const attributes = new Map<string, OnnxAttribute>();
  while (wire.next(NODE)) {
    if (wire.field !== 5) {
      wire.skip();
      continue;
    }
    const [name, attribute] = readAttribute(wire.message());
    if (attributes.has(name)) wire.verdict.refuse('duplicate_name', name);
    if (attributes.size === NODE_ATTRIBUTES_MAX) wire.verdict.refuse('bad_attribute', name);
    if (attribute !== null) attributes.set(name, attribute);
  }
  return attributes;
}

function readAttribute(wire: Wire): [name: string, attribute: OnnxAttribute | null] {
  let name = '';
  let type = 0;
  let int = 0;
  let float = 0;
  let text = '';
  const ints: number[] = [];
  const floats: number[] = [];
  while (wire.next(ATTRIBUTE)) {
    if (wire.field === 1) name = wire.text();
    else if (wire.field === 2) float = wire.float();
    else if (wire.field === 3) int = wire.int();
    else if (wire.field === 4) text = wire.text();
    else if (wire.field === 7) readNumbers(wire, floats, (from) => from.float());
    else if (wire.field === 8) readNumbers(wire, ints, (from) => from.int());
    else if (wire.field === 20) type = wire.int();
    else wire.skip();
  }
  if (type === INT) return [name, { type: 'int', value: int }];
  if (type === INTS) return [name, { type: 'ints', value: ints }];
  if (type === FLOAT) return [name, { type: 'float', value: float }];
  if (type === FLOATS) return [name, { type: 'floats', value: floats }];
  if (type === STRING) return [name, { type: 'string', value: text }];
  // Tensors and graphs as attributes belong to operators that we do not have.
  wire.verdict.refuse('bad_attribute', name);
  return [name, null];
}

function readNumbers(wire: Wire, into: number[], read: (from: Wire) => number): void {
  const run = wire.run();
  while (run === null || run.more) {
    if (into.length === ATTRIBUTE_NUMBERS_MAX) wire.verdict.refuse('bad_attribute', 'too long');
    into.push(read(run ?? wire));
    if (run === null) return;
  }
}
