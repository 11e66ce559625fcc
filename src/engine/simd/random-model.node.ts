import type { OnnxAttribute, OnnxModel, OnnxNode, OnnxTensor, OnnxType } from '../../onnx/graph.ts';
import { random } from './random-net.node.ts';

/** A real-valued tensor between two nodes: name, NCHW shape, and about how far it spreads. */
export interface Real {
  readonly name: string;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly spread: number;
}

export interface ConvOptions {
  readonly couts: number;
  readonly kernel: number;
  readonly stride?: number;
  readonly pad?: number;
  readonly relu?: boolean;
}

/** Writes random QDQ graphs as our quantizer does: uint8 activations, int8 weights per channel. */
export class ModelBuilder {
  readonly #next: () => number;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: OnnxTensor[] = [];
  readonly #dims: readonly number[];
  readonly scales = new Map<string, number>();

  constructor(seed: number, size: readonly [height: number, width: number]) {
    this.#next = random(seed);
    this.#dims = [1, 3, ...size];
  }

  input(): Real {
    const [, , height = 1, width = 1] = this.#dims;
    const image = { name: 'input', channels: 3, height, width, spread: 1 };
    return this.quantize(image, 'input', false);
  }

  /** QuantizeLinear and DequantizeLinear; returns the dequantized tensor. */
  quantize(x: Real, name: string, positive: boolean, like?: string): Real {
    const scale = Math.fround((x.spread * (positive ? 4 : 8)) / 255);
    const shared = like ?? name;
    if (like === undefined) {
      this.scales.set(name, scale);
      this.#tensor(`${name}.scale`, 'float32', [], Float32Array.of(scale));
      const zero = positive ? 0 : 110 + Math.floor(this.#next() * 40);
      this.#tensor(`${name}.zero`, 'uint8', [], Uint8Array.of(zero));
    }
    const parameters = [`${shared}.scale`, `${shared}.zero`];
    this.#node('QuantizeLinear', [x.name, ...parameters], `${name}.q`);
    this.#node('DequantizeLinear', [`${name}.q`, ...parameters], `${name}.dq`);
    this.scales.set(name, this.scales.get(shared) ?? 1);
    return { ...x, name: `${name}.dq` };
  }

  conv(x: Real, name: string, options: ConvOptions): Real {
    const { couts, kernel, stride = 1, pad = Math.floor(kernel / 2), relu = true } = options;
    const spread = this.#weights(x, name, [couts, x.channels, kernel, kernel]);
    const square = (size: number) => ({ type: 'ints', value: [size, size] }) as const;
    const attributes = {
      kernel_shape: square(kernel),
      strides: square(stride),
      pads: { type: 'ints', value: [pad, pad, pad, pad] },
    } as const;
    this.#node('Conv', [x.name, `${name}.w`, `${name}.b`], `${name}.sum`, attributes);
    const size = (extent: number) => Math.floor((extent + 2 * pad - kernel) / stride) + 1;
    const shape = { channels: couts, height: size(x.height), width: size(x.width) };
    return this.#finish(`${name}.sum`, name, { ...shape, spread }, relu);
  }

  add(a: Real, b: Real, name: string): Real {
    this.#node('Add', [a.name, b.name], `${name}.sum`);
    const spread = Math.hypot(a.spread, b.spread);
    return this.#finish(`${name}.sum`, name, { ...a, spread }, true);
  }

  pool(x: Real, name: string, op: 'MaxPool' | 'AveragePool', kernel: number, stride: number): Real {
    const pad = op === 'MaxPool' ? Math.floor(kernel / 2) : 0;
    const attributes: Record<string, OnnxAttribute> = {
      kernel_shape: { type: 'ints', value: [kernel, kernel] },
      strides: { type: 'ints', value: [stride, stride] },
      pads: { type: 'ints', value: [pad, pad, pad, pad] },
    };
    const ceil = op === 'AveragePool';
    if (ceil) attributes.ceil_mode = { type: 'int', value: 1 };
    this.#node(op, [x.name], `${name}.real`, attributes);
    const steps = (extent: number) => (extent + 2 * pad - kernel) / stride;
    const size = (extent: number) => (ceil ? Math.ceil : Math.floor)(steps(extent)) + 1;
    const shape = { ...x, name: `${name}.real`, height: size(x.height), width: size(x.width) };
    const like = op === 'MaxPool' ? x.name.slice(0, -'.dq'.length) : undefined;
    return this.quantize(shape, name, true, like);
  }

  /** GlobalAveragePool, Flatten, Gemm, as the head of every catalogue model. */
  head(x: Real, classes: number, quantized: boolean): OnnxModel {
    this.#node('GlobalAveragePool', [x.name], 'pool.real');
    const pooled = this.quantize({ ...x, name: 'pool.real', height: 1, width: 1 }, 'pool', true);
    this.#node('Flatten', [pooled.name], 'features', { axis: { type: 'int', value: 1 } });
    const flat = this.quantize({ ...pooled, name: 'features' }, 'features', true, 'pool');
    const spread = this.#weights(flat, 'head', [classes, x.channels]);
    const inputs = [flat.name, 'head.w', 'head.b'];
    const out = quantized ? 'logits.real' : 'logits';
    this.#node('Gemm', inputs, out, { transB: { type: 'int', value: 1 } });
    if (quantized) {
      this.quantize({ ...flat, name: out, channels: classes, spread }, 'logits', false);
    }
    return this.#model(quantized ? 'logits.dq' : 'logits', classes);
  }

  #model(output: string, classes: number): OnnxModel {
    return {
      ...{ irVersion: 8, opset: 17, producer: 'random', metadata: {} },
      graph: {
        ...{ name: 'random', nodes: this.#nodes, initializers: this.#initializers },
        inputs: [{ name: 'input', type: 'float32', dims: this.#dims }],
        outputs: [{ name: output, type: 'float32', dims: [1, classes] }],
      },
    };
  }

  #finish(from: string, name: string, shape: Omit<Real, 'name'>, relu: boolean): Real {
    if (!relu) return this.quantize({ ...shape, name: from }, name, false);
    this.#node('Relu', [from], `${name}.real`);
    return this.quantize({ ...shape, name: `${name}.real` }, name, true);
  }

  /** int8 weights and int32 bias behind DequantizeLinear; returns the spread of the sums. */
  #weights(x: Real, name: string, dims: readonly number[]): number {
    const couts = dims[0] ?? 1;
    const depth = dims.slice(1).reduce((count, dim) => count * dim, 1);
    const weights = Int8Array.from({ length: couts * depth }, () => {
      return Math.max(-127, Math.min(127, Math.round((this.#next() + this.#next() - 1) * 127)));
    });
    const step = 1 / (52 * Math.sqrt(depth));
    const scales = Float32Array.from({ length: couts }, () => step * (0.7 + 0.6 * this.#next()));
    const xScale = this.scales.get(x.name.slice(0, -'.dq'.length)) ?? 1;
    const sums = scales.map((scale) => scale * xScale);
    const bias = Int32Array.from(sums, (sum) => ((this.#next() - 0.5) * x.spread) / sum);
    const axis = { axis: { type: 'int', value: 0 } } as const;
    this.#tensor(`${name}.wq`, 'int8', dims, weights);
    this.#tensor(`${name}.ws`, 'float32', [couts], scales);
    this.#tensor(`${name}.wz`, 'int8', [couts], new Int8Array(couts));
    this.#tensor(`${name}.bq`, 'int32', [couts], bias);
    this.#tensor(`${name}.bs`, 'float32', [couts], sums);
    this.#tensor(`${name}.bz`, 'int32', [couts], new Int32Array(couts));
    this.#node('DequantizeLinear', [`${name}.wq`, `${name}.ws`, `${name}.wz`], `${name}.w`, axis);
    this.#node('DequantizeLinear', [`${name}.bq`, `${name}.bs`, `${name}.bz`], `${name}.b`, axis);
    return x.spread;
  }

  #tensor(name: string, type: OnnxType, dims: readonly number[], data: ArrayBufferView): void {
    const raw = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    this.#initializers.push({ name, type, dims, raw });
  }

  #node(
    op: string,
    inputs: readonly string[],
    output: string,
    attributes: Readonly<Record<string, OnnxAttribute>> = {},
  ): void {
    const map = new Map(Object.entries(attributes));
    this.#nodes.push({ name: `${output}.node`, op, inputs, outputs: [output], attributes: map });
  }
}

export interface Architecture {
  readonly depth: 18 | 34 | 50 | 101 | 152;
  readonly variant: 'v1b' | 'v1c' | 'v1d' | 'cifar';
  readonly style: 'pytorch' | 'caffe';
  readonly size: readonly [height: number, width: number];
  readonly classes: number;
  /** Channels of the first stage: 64 in the catalogue, fewer in quick tests. */
  readonly width: number;
}

const BLOCKS: Readonly<Record<Architecture['depth'], readonly number[]>> = {
  18: [2, 2, 2, 2],
  34: [3, 4, 6, 3],
  50: [3, 4, 6, 3],
  101: [3, 4, 23, 3],
  152: [3, 8, 36, 3],
};

/** A ResNet of the catalogue with random weights. */
export function randomResnet(one: Architecture, seed: number, quantized = true): OnnxModel {
  const builder = new ModelBuilder(seed, one.size);
  let x = stem(builder, one);
  const bottleneck = one.depth >= 50;
  BLOCKS[one.depth].forEach((blocks, stage) => {
    const width = one.width << stage;
    for (let block = 0; block < blocks; block++) {
      const stride = block === 0 && stage > 0 ? 2 : 1;
      const name = `layer${stage + 1}.${block}`;
      const couts = bottleneck ? width * 4 : width;
      const main = bottleneck
        ? bottleneckOf(builder, x, name, width, stride, one.style)
        : basicOf(builder, x, name, width, stride);
      x = builder.add(main, shortcut(builder, x, name, couts, stride, one.variant), name);
    }
  });
  return builder.head(x, one.classes, quantized);
}

function stem(builder: ModelBuilder, { variant, width }: Architecture): Real {
  const x = builder.input();
  if (variant === 'cifar') return builder.conv(x, 'stem', { couts: width, kernel: 3 });
  if (variant === 'v1b') {
    const wide = builder.conv(x, 'stem', { couts: width, kernel: 7, stride: 2 });
    return builder.pool(wide, 'stem.pool', 'MaxPool', 3, 2);
  }
  const first = builder.conv(x, 'stem.0', { couts: width / 2, kernel: 3, stride: 2 });
  const second = builder.conv(first, 'stem.1', { couts: width / 2, kernel: 3 });
  const third = builder.conv(second, 'stem.2', { couts: width, kernel: 3 });
  return builder.pool(third, 'stem.pool', 'MaxPool', 3, 2);
}

function basicOf(
  builder: ModelBuilder,
  x: Real,
  name: string,
  width: number,
  stride: number,
): Real {
  const first = builder.conv(x, `${name}.conv1`, { couts: width, kernel: 3, stride });
  return builder.conv(first, `${name}.conv2`, { couts: width, kernel: 3, relu: false });
}

function bottleneckOf(
  builder: ModelBuilder,
  x: Real,
  name: string,
  width: number,
  stride: number,
  style: Architecture['style'],
): Real {
  const [outer, inner] = style === 'caffe' ? [stride, 1] : [1, stride];
  const first = builder.conv(x, `${name}.conv1`, { couts: width, kernel: 1, stride: outer });
  const second = builder.conv(first, `${name}.conv2`, { couts: width, kernel: 3, stride: inner });
  return builder.conv(second, `${name}.conv3`, { couts: width * 4, kernel: 1, relu: false });
}

function shortcut(
  builder: ModelBuilder,
  x: Real,
  name: string,
  couts: number,
  stride: number,
  variant: Architecture['variant'],
): Real {
  if (stride === 1 && x.channels === couts) return x;
  const pooled =
    variant === 'v1d' && stride === 2 ? builder.pool(x, `${name}.mean`, 'AveragePool', 2, 2) : x;
  const rest = pooled === x ? stride : 1;
  return builder.conv(pooled, `${name}.down`, { couts, kernel: 1, stride: rest, relu: false });
}
