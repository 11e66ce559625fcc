import type {
  OnnxAttribute,
  OnnxModel,
  OnnxNode,
  OnnxTensor,
  OnnxType,
  OnnxValue,
} from './graph.ts';

/**
 * The model as an ONNX file (onnx.proto, ModelProto). The same model always gives the same bytes:
 * fields go in ascending order of their numbers, attributes in the order of their map.
 */
export function writeOnnx(model: OnnxModel): Uint8Array<ArrayBuffer> {
  const { graph } = model;
  const file: Field[] = [
    int(1, model.irVersion),
    text(2, model.producer),
    message(7, [
      ...graph.nodes.map((node) => message(1, nodeFields(node))),
      text(2, graph.name),
      ...graph.initializers.map((tensor) => message(5, tensorFields(tensor))),
      ...graph.inputs.map((value) => message(11, valueFields(value))),
      ...graph.outputs.map((value) => message(12, valueFields(value))),
    ]),
    message(8, [text(1, ''), int(2, model.opset)]),
    ...Object.entries(model.metadata).map(([key, value]) =>
      message(14, [text(1, key), text(2, value)]),
    ),
  ];
  const out = new Uint8Array(file.reduce((sum, field) => sum + field.bytes, 0));
  let at = 0;
  for (const field of file) at = field.put(out, at);
  return out;
}

/** One encoded field: its whole size, known before anything is written, and how to write it. */
interface Field {
  readonly bytes: number;
  put(out: Uint8Array, at: number): number;
}

/** Wire types: varint, length-delimited, 32 bits. (protobuf encoding, "Message structure") */
const VARINT = 0;
const LENGTH = 2;
const FIXED32 = 5;

const utf8 = new TextEncoder();

function varint(value: number | bigint): number[] {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  while (rest > 127n) {
    bytes.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  bytes.push(Number(rest));
  return bytes;
}

function literal(bytes: ArrayLike<number>): Field {
  return {
    bytes: bytes.length,
    put(out, at) {
      out.set(bytes, at);
      return at + bytes.length;
    },
  };
}

/** int32, int64 and enums; a negative value takes ten bytes. */
function int(field: number, value: number): Field {
  return literal([...varint((field << 3) | VARINT), ...varint(value)]);
}

function float(field: number, value: number): Field {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setFloat32(0, value, true);
  return literal([...varint((field << 3) | FIXED32), ...bytes]);
}

function blob(field: number, content: Uint8Array): Field {
  return join([
    literal([...varint((field << 3) | LENGTH), ...varint(content.length)]),
    literal(content),
  ]);
}

function text(field: number, content: string): Field {
  return blob(field, utf8.encode(content));
}

function message(field: number, fields: readonly Field[]): Field {
  const body = join(fields);
  return join([literal([...varint((field << 3) | LENGTH), ...varint(body.bytes)]), body]);
}

function join(fields: readonly Field[]): Field {
  return {
    bytes: fields.reduce((sum, field) => sum + field.bytes, 0),
    put(out, at) {
      let end = at;
      for (const field of fields) end = field.put(out, end);
      return end;
    },
  };
}

function nodeFields(node: OnnxNode): Field[] {
  return [
    ...node.inputs.map((name) => text(1, name)),
    ...node.outputs.map((name) => text(2, name)),
    text(3, node.name),
    text(4, node.op),
    ...[...node.attributes].map(([name, value]) => message(5, attributeFields(name, value))),
  ];
}

/** AttributeProto.AttributeType of FLOAT, INT, STRING, FLOATS, INTS. */
const ATTRIBUTE_TYPE: Readonly<Record<OnnxAttribute['type'], number>> = {
  float: 1,
  int: 2,
  string: 3,
  floats: 6,
  ints: 7,
};

function attributeFields(name: string, attribute: OnnxAttribute): Field[] {
  const type = int(20, ATTRIBUTE_TYPE[attribute.type]);
  switch (attribute.type) {
    case 'float':
      return [text(1, name), float(2, attribute.value), type];
    case 'int':
      return [text(1, name), int(3, attribute.value), type];
    case 'string':
      return [text(1, name), text(4, attribute.value), type];
    case 'floats':
      return [text(1, name), ...attribute.value.map((value) => float(7, value)), type];
    case 'ints':
      return [text(1, name), ...attribute.value.map((value) => int(8, value)), type];
  }
}

/** TensorProto.DataType. */
const DATA_TYPE: Readonly<Record<OnnxType, number>> = {
  float32: 1,
  uint8: 2,
  int8: 3,
  int32: 6,
  int64: 7,
};

function tensorFields(tensor: OnnxTensor): Field[] {
  return [
    ...tensor.dims.map((size) => int(1, size)),
    int(2, DATA_TYPE[tensor.type]),
    text(8, tensor.name),
    blob(9, tensor.raw),
  ];
}

function valueFields(value: OnnxValue): Field[] {
  const dims = value.dims.map((dim) =>
    message(1, [typeof dim === 'number' ? int(1, dim) : text(2, dim)]),
  );
  const tensorType = message(1, [int(1, DATA_TYPE[value.type]), message(2, dims)]);
  return [text(1, value.name), message(2, [tensorType])];
}
