import type { OnnxType, OnnxValue } from './graph.ts';
import type { Fields, Wire } from './wire.ts';

const VALUE: Fields = new Map([
  [1, 'bytes'], // name
  [2, 'bytes'], // type
  [3, 'bytes'],
]);
const TYPE: Fields = new Map([
  [1, 'bytes'], // tensor_type
  [4, 'bytes'], // sequence_type
  [5, 'bytes'], // map_type
  [8, 'bytes'], // sparse_tensor_type
  [9, 'bytes'], // optional_type
]);
const TENSOR_TYPE: Fields = new Map([
  [1, 'varint'], // elem_type
  [2, 'bytes'], // shape
]);
const SHAPE: Fields = new Map([[1, 'bytes']]);
const DIMENSION: Fields = new Map([
  [1, 'varint'], // dim_value
  [2, 'bytes'], // dim_param
]);

const TYPES: ReadonlyMap<number, OnnxType> = new Map([
  [1, 'float32'],
  [2, 'uint8'],
  [3, 'int8'],
  [6, 'int32'],
  [7, 'int64'],
]);
const TYPE_STRING = 8;

/** TensorProto.DataType, as far as quantized classifiers use it. */
export function toOnnxType(code: number, wire: Wire, name: string): OnnxType {
  const type = TYPES.get(code);
  if (type === undefined) {
    wire.verdict.refuse(code === TYPE_STRING ? 'string_tensor' : 'bad_type', name);
    return 'float32';
  }
  return type;
}

/** ValueInfoProto: a graph input or output. */
export function readValue(wire: Wire): OnnxValue | null {
  let name = '';
  let type: { type: OnnxType; dims: (number | string)[] } | null = null;
  while (wire.next(VALUE)) {
    if (wire.field === 1) name = wire.text();
    else if (wire.field === 2) type = readType(wire.message());
    else wire.skip();
  }
  if (type === null) wire.verdict.refuse('bad_type', name);
  return type && { name, ...type };
}

function readType(wire: Wire): { type: OnnxType; dims: (number | string)[] } | null {
  while (wire.next(TYPE)) {
    if (wire.field === 1) return readTensorType(wire.message());
    wire.verdict.refuse('bad_type', 'not a tensor');
  }
  return null;
}

function readTensorType(wire: Wire): { type: OnnxType; dims: (number | string)[] } {
  let code = 0;
  let dims: (number | string)[] | null = null;
  while (wire.next(TENSOR_TYPE)) {
    if (wire.field === 1) code = wire.int();
    else dims = readShape(wire.message());
  }
  const type = toOnnxType(code, wire, 'value');
  // A tensor without a shape says nothing about its rank; our graphs always have one.
  if (dims === null) wire.verdict.refuse('unsupported_shape', 'value without shape');
  return { type, dims: dims ?? [] };
}

function readShape(wire: Wire): (number | string)[] {
  const dims: (number | string)[] = [];
  while (wire.next(SHAPE)) {
    if (dims.length === wire.verdict.limits.rankMax) wire.verdict.refuse('rank_too_high');
    dims.push(readDimension(wire.message()));
  }
  return dims;
}

/** A number, or the name of a symbolic dimension (empty: unknown). */
function readDimension(wire: Wire): number | string {
  let dim: number | string = '';
  while (wire.next(DIMENSION)) dim = wire.field === 1 ? wire.int() : wire.text();
  return dim;
}
