import type {
  AddNode,
  CheckedGraph,
  CheckedNode,
  ConvNode,
  GemmNode,
  PoolNode,
  QuantizeNode,
  Window,
} from '../../onnx/checked.ts';
import { tensorNumbers } from '../../onnx/numbers.ts';

/**
 * A graph node by node, by the ONNX operator definitions, in f32: the obvious reference for the
 * fused steps, and the way of small graphs that those do not cover. Integers are held as floats,
 * which is exact for 8 bits; int32 biases are rounded to f32 as DequantizeLinear does.
 */
export function evaluate(
  graph: CheckedGraph,
  input: Float32Array,
): ReadonlyMap<string, Float32Array> {
  const values = new Map<string, Float32Array>([[graph.input.name, input]]);
  const context: Context = {
    graph,
    numbers(name) {
      let found = values.get(name);
      if (found === undefined) {
        const tensor = graph.initializers.get(name);
        if (tensor === undefined) throw new Error(`evaluate: ${name} is not there yet`);
        found = Float32Array.from(tensorNumbers(tensor));
        values.set(name, found);
      }
      return found;
    },
    dims: (name) => graph.values.get(name)?.dims ?? [],
  };
  for (const node of graph.nodes) values.set(node.y, compute(node, context));
  return values;
}

interface Context {
  readonly graph: CheckedGraph;
  numbers(name: string): Float32Array;
  dims(name: string): readonly number[];
}

function compute(node: CheckedNode, context: Context): Float32Array {
  switch (node.op) {
    case 'Relu':
      return context.numbers(node.x).map((x) => Math.max(x, 0));
    case 'Flatten':
    case 'Reshape':
      return context.numbers(node.x);
    case 'Add':
      return add(node, context);
    case 'Conv':
      return conv(node, context);
    case 'MaxPool':
    case 'AveragePool':
      return pool(node, context);
    case 'GlobalAveragePool':
      return globalPool(context.numbers(node.x), context.dims(node.x));
    case 'Gemm':
      return gemm(node, context);
    case 'QuantizeLinear':
      return quantize(node, context);
    case 'DequantizeLinear':
      return dequantize(node, context);
  }
}

function sizeOf(dims: readonly number[]): number {
  return dims.reduce((count, dim) => count * dim, 1);
}

/** Index into an operand of shape `from` for element `index` of `dims`, axes aligned right. */
function broadcastIndex(index: number, dims: readonly number[], from: readonly number[]): number {
  let rest = index;
  let offset = 0;
  let step = 1;
  for (let axis = 1; axis <= dims.length; axis++) {
    const size = dims[dims.length - axis] ?? 1;
    const own = from[from.length - axis] ?? 1;
    if (own !== 1) offset += (rest % size) * step;
    step *= own;
    rest = Math.floor(rest / size);
  }
  return offset;
}

function add({ a, b, y }: AddNode, context: Context): Float32Array {
  const dims = context.dims(y);
  const [left, right] = [context.numbers(a), context.numbers(b)];
  const [aDims, bDims] = [context.dims(a), context.dims(b)];
  return Float32Array.from({ length: sizeOf(dims) }, (_, i) => {
    return left[broadcastIndex(i, dims, aDims)]! + right[broadcastIndex(i, dims, bDims)]!;
  });
}

/** Calls `visit` with the input offset and the tap of every pixel of a window inside the image. */
function eachTap(
  window: Window,
  size: readonly [number, number],
  at: readonly [number, number],
  visit: (offset: number, tap: number) => void,
): void {
  const [height, width] = size;
  for (let i = 0; i < window.kernel[0]; i++) {
    const row = at[0] * window.stride[0] - window.pads[0] + i * window.dilation[0];
    if (row < 0 || row >= height) continue;
    for (let j = 0; j < window.kernel[1]; j++) {
      const column = at[1] * window.stride[1] - window.pads[1] + j * window.dilation[1];
      if (column >= 0 && column < width) visit(row * width + column, i * window.kernel[1] + j);
    }
  }
}

function conv(node: ConvNode, context: Context): Float32Array {
  const [batch = 1, cins = 1, height = 1, width = 1] = context.dims(node.x);
  const [, couts = 1, rows = 1, columns = 1] = context.dims(node.y);
  const x = context.numbers(node.x);
  const w = context.numbers(node.w);
  const bias = node.bias === null ? null : context.numbers(node.bias);
  const taps = node.kernel[0] * node.kernel[1];
  const y = new Float32Array(batch * couts * rows * columns);
  for (let i = 0; i < y.length; i++) {
    const column = i % columns;
    const row = Math.floor(i / columns) % rows;
    const cout = Math.floor(i / (columns * rows)) % couts;
    const image = Math.floor(i / (columns * rows * couts));
    let sum = bias?.[cout] ?? 0;
    for (let cin = 0; cin < cins; cin++) {
      const from = (image * cins + cin) * height * width;
      const weights = (cout * cins + cin) * taps;
      eachTap(node, [height, width], [row, column], (offset, tap) => {
        sum += x[from + offset]! * w[weights + tap]!;
      });
    }
    y[i] = sum;
  }
  return y;
}

function pool(node: PoolNode, context: Context): Float32Array {
  const [, , height = 1, width = 1] = context.dims(node.x);
  const [, , rows = 1, columns = 1] = context.dims(node.y);
  const x = context.numbers(node.x);
  const max = node.op === 'MaxPool';
  return Float32Array.from({ length: sizeOf(context.dims(node.y)) }, (_, i) => {
    const plane = Math.floor(i / (rows * columns)) * height * width;
    let value = max ? Number.NEGATIVE_INFINITY : 0;
    let count = 0;
    const at = [Math.floor(i / columns) % rows, i % columns] as const;
    eachTap(node, [height, width], at, (offset) => {
      const pixel = x[plane + offset]!;
      value = max ? Math.max(value, pixel) : value + pixel;
      count++;
    });
    if (max) return value;
    return value / (node.countPads ? node.kernel[0] * node.kernel[1] : count);
  });
}

function globalPool(x: Float32Array, dims: readonly number[]): Float32Array {
  const pixels = sizeOf(dims.slice(2));
  return Float32Array.from({ length: x.length / pixels }, (_, plane) => {
    let sum = 0;
    for (let i = 0; i < pixels; i++) sum += x[plane * pixels + i]!;
    return sum / pixels;
  });
}

function gemm(node: GemmNode, context: Context): Float32Array {
  const [rows = 1, columns = 1] = context.dims(node.y);
  const [a, b] = [context.numbers(node.a), context.numbers(node.b)];
  const depth = a.length / rows;
  const c = node.c === null ? null : context.numbers(node.c);
  const cDims = node.c === null ? [] : context.dims(node.c);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const row = Math.floor(i / columns);
    const column = i % columns;
    let sum = 0;
    for (let k = 0; k < depth; k++) {
      const left = a[node.transA ? k * rows + row : row * depth + k]!;
      sum += left * b[node.transB ? column * depth + k : k * columns + column]!;
    }
    const more = c === null ? 0 : c[broadcastIndex(i, [rows, columns], cDims)]!;
    return node.alpha * sum + node.beta * more;
  });
}

/** For each element the index of its scale. */
function scaleIndex(node: QuantizeNode, context: Context): (element: number) => number {
  const scales = context.numbers(node.scale).length;
  const inner = sizeOf(context.dims(node.x).slice(node.axis + 1));
  return (element) => (scales === 1 ? 0 : Math.floor(element / inner) % scales);
}

function quantize(node: QuantizeNode, context: Context): Float32Array {
  const scales = context.numbers(node.scale);
  const zeros = node.zero === null ? null : context.numbers(node.zero);
  const index = scaleIndex(node, context);
  const signed = context.graph.values.get(node.y)?.type === 'int8';
  const [least, most] = signed ? [-128, 127] : [0, 255];
  return context.numbers(node.x).map((x, i) => {
    const scale = index(i);
    const real = Math.fround(x / scales[scale]!);
    const floor = Math.floor(real);
    const up = real - floor > 0.5 || (real - floor === 0.5 && floor % 2 !== 0);
    const q = floor + (up ? 1 : 0) + (zeros?.[scale] ?? 0);
    return Math.min(most, Math.max(least, q));
  });
}

function dequantize(node: QuantizeNode, context: Context): Float32Array {
  const scales = context.numbers(node.scale);
  const zeros = node.zero === null ? null : context.numbers(node.zero);
  const index = scaleIndex(node, context);
  return context.numbers(node.x).map((q, i) => {
    const scale = index(i);
    return (q - (zeros?.[scale] ?? 0)) * scales[scale]!;
  });
}
