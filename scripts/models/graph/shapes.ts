import type { OnnxModel, OnnxNode } from '../../../src/onnx/graph.ts';

export type Shape = readonly (number | string)[];

/** Shapes of all float values of a classifier in our canonical operators. */
export function inferShapes(model: OnnxModel): Map<string, Shape> {
  const shapes = new Map<string, Shape>();
  for (const input of model.graph.inputs) shapes.set(input.name, input.dims);
  for (const { name, dims } of model.graph.initializers) shapes.set(name, dims);
  for (const node of model.graph.nodes) shapes.set(node.outputs[0]!, outputShape(node, shapes));
  return shapes;
}

function outputShape(node: OnnxNode, shapes: ReadonlyMap<string, Shape>): Shape {
  const input = shapeOf(node.inputs[0], shapes);
  switch (node.op) {
    case 'Relu':
    case 'Add':
      return input;
    case 'Conv':
      return windowShape(node, input, shapeOf(node.inputs[1], shapes)[0]!);
    case 'MaxPool':
    case 'AveragePool':
      return windowShape(node, input, input[1]!);
    case 'GlobalAveragePool':
      return [input[0]!, input[1]!, 1, 1];
    case 'Flatten':
      return [input[0]!, sizesOf(input.slice(1)).reduce((product, size) => product * size, 1)];
    case 'Gemm':
      return [input[0]!, shapeOf(node.inputs[1], shapes)[0]!];
    default:
      throw new RangeError(`shapes: ${node.op} is not in our canonical graphs`);
  }
}

function shapeOf(name: string | undefined, shapes: ReadonlyMap<string, Shape>): Shape {
  const shape = shapes.get(name ?? '');
  if (shape === undefined)
    throw new RangeError(`shapes: ${name} is not computed before it is used`);
  return shape;
}

function sizesOf(shape: Shape): number[] {
  return shape.map((size) => {
    if (typeof size !== 'number') throw new RangeError(`shapes: ${size} is not fixed`);
    return size;
  });
}

/** floor((size + pads - kernel) / stride) + 1 on both axes. */
function windowShape(node: OnnxNode, input: Shape, channels: number | string): Shape {
  const [kernel, pads, strides] = ['kernel_shape', 'pads', 'strides'].map((name) => {
    return integersOf(node, name);
  }) as [readonly number[], readonly number[], readonly number[]];
  const sizes = sizesOf(input.slice(2)).map((size, axis) => {
    const padded = size + pads[axis]! + pads[axis + 2]!;
    return Math.floor((padded - kernel[axis]!) / strides[axis]!) + 1;
  });
  return [input[0]!, channels, ...sizes];
}

/** An attribute that our graphs always carry. */
export function integersOf(node: OnnxNode, name: string): readonly number[] {
  const attribute = node.attributes.get(name);
  if (attribute?.type !== 'ints') throw new RangeError(`shapes: ${node.op} has no ${name}`);
  return attribute.value;
}
