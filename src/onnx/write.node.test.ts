import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { OnnxAttribute, OnnxModel } from './graph.ts';
import { writeOnnx } from './write.ts';

const floats = (...values: number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** y = flatten(conv(x, w) + b), and every kind of attribute on the way. */
const MODEL: OnnxModel = {
  irVersion: 8,
  opset: 17,
  producer: 'razorbill',
  metadata: { note: 'größer', empty: '' },
  graph: {
    name: 'small',
    nodes: [
      {
        name: 'c',
        op: 'Conv',
        inputs: ['x', 'w', 'b'],
        outputs: ['s'],
        attributes: new Map<string, OnnxAttribute>([
          ['kernel_shape', { type: 'ints', value: [1, 2] }],
          ['auto_pad', { type: 'string', value: 'VALID' }],
        ]),
      },
      {
        name: 'f',
        op: 'Flatten',
        inputs: ['s'],
        outputs: ['t'],
        attributes: new Map<string, OnnxAttribute>([['axis', { type: 'int', value: -3 }]]),
      },
      {
        name: 'g',
        op: 'Gemm',
        inputs: ['t', 'm'],
        outputs: ['y'],
        attributes: new Map<string, OnnxAttribute>([['alpha', { type: 'float', value: 0.5 }]]),
      },
    ],
    initializers: [
      { name: 'w', type: 'float32', dims: [1, 1, 1, 2], raw: floats(1, -1) },
      { name: 'b', type: 'float32', dims: [1], raw: floats(10) },
      { name: 'm', type: 'float32', dims: [2, 1], raw: floats(1, 100) },
    ],
    inputs: [{ name: 'x', type: 'float32', dims: ['N', 1, 1, 3] }],
    outputs: [{ name: 'y', type: 'float32', dims: ['N', 1] }],
  },
};

describe('a written model', () => {
  it('is read and computed by onnxruntime, with any batch', async () => {
    const session = await InferenceSession.create(writeOnnx(MODEL));
    const input = new Tensor('float32', Float32Array.of(1, 2, 4, 0, 0, 5), [2, 1, 1, 3]);
    const { y } = await session.run({ x: input });
    if (!(y?.data instanceof Float32Array)) throw new TypeError('no float32 output');
    // (1 - 2 + 10) + 100 (2 - 4 + 10), and (0 - 0 + 10) + 100 (0 - 5 + 10), halved.
    expect([...y.data]).toEqual([404.5, 255]);
    expect(session.inputMetadata[0]).toMatchObject({ name: 'x', shape: ['N', 1, 1, 3] });
  });

  it('has the same bytes every time', () => {
    expect(writeOnnx(MODEL)).toEqual(writeOnnx(structuredClone(MODEL)));
  });

  it('encodes a list of floats field by field', () => {
    const node = {
      name: 'n',
      op: 'X',
      inputs: [],
      outputs: ['z'],
      attributes: new Map<string, OnnxAttribute>([['v', { type: 'floats', value: [1, -2] }]]),
    };
    const file = writeOnnx({ ...MODEL, graph: { ...MODEL.graph, nodes: [node] } });
    // name "v", then floats (field 7, 32 bits): 1 and -2, then type FLOATS (6).
    const bytes = [0x0a, 1, 0x76, 0x3d, 0, 0, 0x80, 0x3f, 0x3d, 0, 0, 0, 0xc0, 0xa0, 1, 6];
    expect(Buffer.from(file).includes(Buffer.from(bytes))).toBe(true);
  });
});
