import { InferenceSession, Tensor } from 'onnxruntime-node';
import { describe, expect, it } from 'vitest';
import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor } from '../../../src/onnx/graph.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { hashedValues } from '../testing/synthetic.ts';
import { readFloatGraph } from './read-float-graph.ts';
import { node, tensor } from './tensors.ts';

const SIZE = 9;

interface Parts {
  readonly nodes: readonly OnnxNode[];
  readonly weights?: readonly OnnxTensor[];
  readonly opset?: number;
  readonly input?: readonly (number | string)[];
  readonly output?: readonly (number | string)[];
}

function weight(name: string, dims: readonly number[], offset = 0): OnnxTensor {
  const count = dims.reduce((product, size) => product * size, 1);
  const seed = [...name].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), 7);
  return tensor(
    name,
    dims,
    hashedValues(seed, count).map((value) => value + offset),
  );
}

function int64(name: string, ...values: readonly number[]): OnnxTensor {
  const raw = new Uint8Array(BigInt64Array.from(values.map(BigInt)).buffer);
  return { name, type: 'int64', dims: [values.length], raw };
}

function withAttributes(one: OnnxNode, more: Readonly<Record<string, OnnxAttribute>>): OnnxNode {
  return { ...one, attributes: new Map([...one.attributes, ...Object.entries(more)]) };
}

function modelOf({ nodes, weights = [], opset = 17, input, output }: Parts): OnnxModel {
  return {
    irVersion: 8,
    opset,
    producer: 'test',
    metadata: {},
    graph: {
      name: 'g',
      nodes,
      initializers: weights,
      inputs: [{ name: 'pixels', type: 'float32', dims: input ?? ['batch', 3, SIZE, SIZE] }],
      outputs: [{ name: 'y', type: 'float32', dims: output ?? ['batch', 4] }],
    },
  };
}

const CONV = [weight('w', [4, 3, 3, 3]), weight('b', [4])];
const conv = (x: string, y: string, inputs: readonly string[] = ['w', 'b'], pad = 1) =>
  node('Conv', [x, ...inputs], y, {
    kernel_shape: [3, 3],
    pads: [pad, pad, pad, pad],
    strides: [2, 2],
  });
/** From a feature map [N, 4, h, w] to logits. */
const END = [node('GlobalAveragePool', ['f'], 'p'), node('Flatten', ['p'], 'y', { axis: 1 })];
const NORM = [
  weight('scale', [4], 2),
  weight('shift', [4]),
  weight('mean', [4]),
  weight('variance', [4], 2),
];
const norm = (x: string, y: string) =>
  withAttributes(node('BatchNormalization', [x, 'scale', 'shift', 'mean', 'variance'], y), {
    epsilon: { type: 'float', value: 0.001 },
  });
const pool = (op: string, attributes: Readonly<Record<string, number | number[]>>) =>
  node(op, ['c'], 'f', { kernel_shape: [2, 2], strides: [2, 2], ...attributes });
const FEATURES = [conv('pixels', 'f'), node('GlobalAveragePool', ['f'], 'p')];
const flatten = node('Flatten', ['p'], 'v', { axis: 1 });
const DENSE = [...CONV, weight('m', [4, 5]), weight('t', [5, 4]), weight('r', [5])];

const CASES: ReadonlyArray<readonly [title: string, parts: Parts]> = [
  ['what is canonical already', { nodes: [conv('pixels', 'f'), ...END], weights: CONV }],
  ['a convolution without bias', { nodes: [conv('pixels', 'f', ['w']), ...END], weights: CONV }],
  [
    'batch norm behind a convolution',
    { nodes: [conv('pixels', 'c', ['w']), norm('c', 'f'), ...END], weights: [...CONV, ...NORM] },
  ],
  [
    'batch norm behind a convolution with bias, and ReLU',
    {
      nodes: [conv('pixels', 'c'), norm('c', 'n'), node('Relu', ['n'], 'f'), ...END],
      weights: [...CONV, ...NORM],
    },
  ],
  [
    'identities of values, of weights and at the end',
    {
      nodes: [
        node('Identity', ['w'], 'w2'),
        node('Identity', ['w2'], 'w3'),
        conv('pixels', 'c', ['w3']),
        node('Identity', ['c'], 'f'),
        node('GlobalAveragePool', ['f'], 'p'),
        node('Flatten', ['p'], 'z', { axis: 1 }),
        node('Identity', ['z'], 'y'),
      ],
      weights: CONV,
    },
  ],
  ['dropout', { nodes: [conv('pixels', 'c'), node('Dropout', ['c'], 'f'), ...END], weights: CONV }],
  [
    'a mean over height and width that keeps them',
    {
      nodes: [
        conv('pixels', 'f'),
        node('ReduceMean', ['f'], 'p', { axes: [-1, -2], keepdims: 1 }),
        node('Flatten', ['p'], 'y', { axis: 1 }),
      ],
      weights: CONV,
    },
  ],
  [
    'a mean that keeps nothing, its axes an input (opset 18)',
    {
      opset: 18,
      nodes: [conv('pixels', 'f'), node('ReduceMean', ['f', 'axes'], 'y', { keepdims: 0 })],
      weights: [...CONV, int64('axes', 2, 3)],
    },
  ],
  [
    'a reshape to [N, rest]',
    {
      nodes: [...FEATURES, node('Reshape', ['p', 'shape'], 'y')],
      weights: [...CONV, int64('shape', 0, -1)],
    },
  ],
  [
    'a matrix product and an addition',
    {
      nodes: [...FEATURES, flatten, node('MatMul', ['v', 'm'], 'u'), node('Add', ['r', 'u'], 'y')],
      weights: DENSE,
      output: ['batch', 5],
    },
  ],
  [
    'a matrix product alone',
    {
      nodes: [...FEATURES, flatten, node('MatMul', ['v', 'm'], 'y')],
      weights: DENSE,
      output: ['batch', 5],
    },
  ],
  [
    'Gemm with alpha, beta and its matrix the other way round',
    {
      nodes: [
        ...FEATURES,
        flatten,
        withAttributes(node('Gemm', ['v', 'm', 'r'], 'y'), {
          alpha: { type: 'float', value: 0.5 },
          beta: { type: 'float', value: 3 },
        }),
      ],
      weights: DENSE,
      output: ['batch', 5],
    },
  ],
  [
    'Gemm with transB and without bias',
    {
      nodes: [...FEATURES, flatten, node('Gemm', ['v', 't'], 'y', { transB: 1 })],
      weights: DENSE,
      output: ['batch', 5],
    },
  ],
  [
    'a maximum with ceil_mode',
    { nodes: [conv('pixels', 'c'), pool('MaxPool', { ceil_mode: 1 }), ...END], weights: CONV },
  ],
  [
    'a mean with ceil_mode',
    { nodes: [conv('pixels', 'c'), pool('AveragePool', { ceil_mode: 1 }), ...END], weights: CONV },
  ],
  [
    'padding by SAME_UPPER, even on this size',
    {
      nodes: [
        withAttributes(node('Conv', ['pixels', 'w'], 'f', { strides: [2, 2] }), {
          auto_pad: { type: 'string', value: 'SAME_UPPER' },
        }),
        ...END,
      ],
      weights: CONV,
    },
  ],
  [
    'what leads nowhere',
    {
      nodes: [
        conv('pixels', 'f'),
        node('Relu', ['f'], 'dead'),
        node('Add', ['f', 'u'], 'gone'),
        ...END,
      ],
      weights: [...CONV, weight('u', [4, 1, 1])],
    },
  ],
  ['nodes out of order', { nodes: [END[1]!, END[0]!, conv('pixels', 'f')], weights: CONV }],
  [
    'a shortcut',
    {
      nodes: [conv('pixels', 'c'), node('Relu', ['c'], 's'), node('Add', ['c', 's'], 'f'), ...END],
      weights: CONV,
    },
  ],
];

async function run(file: Uint8Array): Promise<number[]> {
  const session = await InferenceSession.create(file, { logSeverityLevel: 3 });
  const pixels = new Tensor('float32', hashedValues(5, 2 * 3 * SIZE ** 2), [2, 3, SIZE, SIZE]);
  const results = await session.run({ [session.inputNames[0]!]: pixels });
  return [...(results[session.outputNames[0]!]!.data as Float32Array)];
}

describe('a float32 graph in canonical form computes the same', () => {
  it.each(CASES)('%s', async (_, parts) => {
    const file = writeOnnx(modelOf(parts));
    const read = readFloatGraph(file);
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    const expected = await run(file);
    const canonical = await run(writeOnnx(read.value.model));
    expect(canonical.length).toBe(expected.length);
    for (const [i, value] of canonical.entries()) expect(value).toBeCloseTo(expected[i]!, 5);
    const { inputs, outputs, nodes } = read.value.model.graph;
    expect([inputs[0]?.name, outputs[0]?.name]).toEqual(['input', 'logits']);
    const known = ['Conv', 'Relu', 'Add', 'Gemm', 'Flatten', 'MaxPool', 'AveragePool'];
    expect([...known, 'GlobalAveragePool']).toEqual(
      expect.arrayContaining(nodes.map(({ op }) => op)),
    );
  });

  it('says the same again of what is canonical', () => {
    const once = readFloatGraph(writeOnnx(modelOf(CASES[3]![1])));
    if (!once.ok) throw new Error(JSON.stringify(once.failure));
    const twice = readFloatGraph(writeOnnx(once.value.model));
    expect(twice.ok && writeOnnx(twice.value.model)).toEqual(writeOnnx(once.value.model));
  });

  it('ends in logits where the file ends in a softmax, and notes it', async () => {
    const nodes = [...FEATURES, flatten, node('Softmax', ['v'], 'y', { axis: 1 })];
    const file = writeOnnx(modelOf({ nodes, weights: CONV }));
    const read = readFloatGraph(file);
    if (!read.ok) throw new Error(JSON.stringify(read.failure));
    expect(read.value.notes).toEqual(['a last softmax was taken off: the output is logits']);
    const [shares, logits] = [await run(file), await run(writeOnnx(read.value.model))];
    const sum = logits.slice(0, 4).reduce((total, logit) => total + Math.exp(logit), 0);
    expect(shares[0]).toBeCloseTo(Math.exp(logits[0]!) / sum, 5);
  });
});

describe('a damaged file', () => {
  it.each(CASES)('%s: any byte may be wrong', (_, parts) => {
    const file = writeOnnx(modelOf(parts));
    let refused = 0;
    for (let at = 0; at < file.length; at++) {
      const changed = file.slice();
      changed[at] = changed[at]! ^ 0xff;
      if (!readFloatGraph(changed).ok) refused++;
    }
    expect(refused).toBeGreaterThan(file.length / 4);
  });
});

const OPEN = ['batch', 3, 'height', 'width'];
const REFUSED: ReadonlyArray<readonly [title: string, parts: Parts, failure: object]> = [
  [
    'an operator that is not ours',
    { nodes: [node('Sigmoid', ['pixels'], 'f'), ...END] },
    { code: 'unknown_operator', operator: 'Sigmoid' },
  ],
  [
    'batch norm that stands alone',
    { nodes: [norm('pixels', 'f'), ...END], weights: NORM },
    { code: 'unknown_operator', operator: 'BatchNormalization' },
  ],
  [
    'a softmax in the middle',
    { nodes: [node('Softmax', ['pixels'], 'c'), conv('c', 'f'), ...END], weights: CONV },
    { code: 'unknown_operator', operator: 'Softmax' },
  ],
  [
    'identities in a circle',
    { nodes: [node('Identity', ['y'], 'x'), node('Identity', ['x'], 'y')] },
    { code: 'missing_output' },
  ],
  [
    'two identities of one name',
    {
      nodes: [
        node('Identity', ['pixels'], 'c'),
        { ...node('Identity', ['pixels'], 'c'), name: 'again' },
        conv('c', 'f'),
        ...END,
      ],
      weights: CONV,
    },
    { code: 'duplicate_name' },
  ],
  [
    'weights that are computed',
    { nodes: [node('Relu', ['w'], 'v'), conv('pixels', 'f', ['v']), ...END], weights: CONV },
    { code: 'not_a_float_classifier' },
  ],
  [
    'a dilated convolution',
    {
      nodes: [node('Conv', ['pixels', 'w'], 'f', { dilations: [2, 2] }), ...END],
      weights: CONV,
    },
    { code: 'not_a_float_classifier' },
  ],
  [
    'a graph of grey pictures',
    {
      nodes: [node('GlobalAveragePool', ['pixels'], 'p'), node('Flatten', ['p'], 'y')],
      input: ['N', 1, 9, 9],
      output: ['N', 1],
    },
    { code: 'not_a_float_classifier' },
  ],
  [
    'an open height and width',
    { nodes: [conv('pixels', 'f'), ...END], weights: CONV, input: OPEN },
    { code: 'size_needed', option: '--size' },
  ],
  [
    'weights that are no numbers',
    {
      nodes: [conv('pixels', 'f'), ...END],
      weights: [CONV[0]!, tensor('b', [4], Float32Array.of(1, Number.NaN, 0, 0))],
    },
    { code: 'not_a_float_classifier' },
  ],
];

describe('a graph that has no canonical form is refused', () => {
  it.each(REFUSED)('%s', (_, parts, failure) => {
    expect(readFloatGraph(writeOnnx(modelOf(parts)))).toMatchObject({ ok: false, failure });
  });

  it('but an open size may be given, and a fixed one not changed', () => {
    const nodes = [conv('pixels', 'f'), ...END];
    const open = writeOnnx(modelOf({ nodes, weights: CONV, input: OPEN }));
    const size = { height: 11, width: 8 };
    expect(readFloatGraph(open, { size })).toMatchObject({ ok: true, value: size });
    const fixed = writeOnnx(modelOf({ nodes, weights: CONV }));
    expect(readFloatGraph(fixed, { size })).toEqual({
      ok: false,
      failure: { code: 'size_fixed', height: SIZE, width: SIZE },
    });
  });
});
