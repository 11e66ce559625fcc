import type {
  AddNode,
  CheckedGraph,
  CheckedNode,
  ConvNode,
  GemmNode,
  PoolNode,
  QuantizeNode,
} from '../../onnx/checked.ts';
import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import { fuseAdditions } from './fuse.ts';
import type { Activation, Net, Pads, Pair, Step } from './net.ts';
import { at } from './net.ts';
import type { Constant, Dense } from './weights.ts';
import { readConstant, toDense } from './weights.ts';

/** A net and the weights of its convolutions, by step. */
export interface Lowered {
  readonly net: Net;
  readonly dense: ReadonlyMap<Step, Dense>;
}

/** What a name of the graph stands for. */
type Term =
  | { readonly is: 'input' }
  | { readonly is: 'constant'; readonly constant: Constant }
  /** Integers of an activation, or the reals that they mean. */
  | { readonly is: 'quantized' | 'real'; readonly id: number }
  /** Reals not yet quantized: the next QuantizeLinear makes a step of it. */
  | { readonly is: 'pending'; readonly made: Made; readonly relu: boolean };

type Made =
  | { readonly by: 'same'; readonly x: number }
  | { readonly by: 'add'; readonly a: number; readonly b: number }
  | { readonly by: 'global'; readonly x: number }
  | { readonly by: 'max' | 'average'; readonly x: number; readonly node: PoolNode }
  | {
      readonly by: 'conv';
      readonly x: number;
      readonly window: ConvWindow;
      readonly source: Source;
      readonly dense: Dense;
    };

/** Where a product's weights come from: a bias may still be added to a MatMul. */
interface Source {
  readonly weights: Constant;
  readonly bias: Constant | null;
  readonly shape: { readonly cins: number; readonly kernel: Pair; readonly transposed: boolean };
}

interface ConvWindow {
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: Pads;
}

/** Stops the walk; the reason is one of the codes that send a graph to another engine. */
class Uncovered {
  reason: string | null = null;

  refuse(reason: string): null {
    this.reason ??= reason;
    return null;
  }
}

/**
 * A quantized graph as fused steps, or the reason why this engine does not cover it. Every product,
 * addition and pool must stand between DequantizeLinear and QuantizeLinear; the last layer may
 * leave its reals.
 */
export function lowerGraph(graph: CheckedGraph): Result<Lowered, string> {
  const uncovered = new Uncovered();
  const lowering = new Lowering(graph, uncovered);
  for (const node of graph.nodes) {
    if (uncovered.reason !== null) break;
    lowering.take(node);
  }
  const lowered = uncovered.reason === null ? lowering.finish() : null;
  if (lowered === null) return fail(uncovered.reason ?? 'unsupported_graph');
  return ok(lowered);
}

class Lowering {
  readonly #graph: CheckedGraph;
  readonly #uncovered: Uncovered;
  readonly #terms = new Map<string, Term>();
  readonly #uses = new Map<string, number>();
  readonly #activations: Activation[] = [];
  readonly #steps: Step[] = [];
  readonly #dense = new Map<Step, Dense>();

  constructor(graph: CheckedGraph, uncovered: Uncovered) {
    this.#graph = graph;
    this.#uncovered = uncovered;
    const { input, outputs, nodes } = graph;
    if (input.dims.length !== 4) uncovered.refuse('unsupported_rank');
    if (input.dims[0] !== 1) uncovered.refuse('unsupported_batch');
    if (outputs.length !== 1) uncovered.refuse('unsupported_output_count');
    this.#terms.set(input.name, { is: 'input' });
    for (const node of nodes) for (const name of namesRead(node)) this.#count(name);
    for (const name of outputs) this.#count(name);
  }

  #count(name: string): void {
    this.#uses.set(name, (this.#uses.get(name) ?? 0) + 1);
  }

  take(node: CheckedNode): void {
    const term = this.#termOf(node);
    if (term === null) this.#uncovered.refuse(`unsupported_float:${node.op}`);
    else this.#terms.set(node.y, term);
  }

  finish(): Lowered | null {
    const last = this.#terms.get(at(this.#graph.outputs, 0));
    if (last?.is === 'real') {
      const net = { activations: this.#activations, steps: this.#steps, output: last.id };
      return fuseAdditions(net, this.#dense);
    }
    if (last?.is !== 'pending' || last.made.by !== 'conv' || last.relu) {
      return this.#uncovered.refuse('unsupported_output');
    }
    const { x, window, dense } = last.made;
    const from = at(this.#activations, x);
    const whole = window.kernel[0] === from.height && window.kernel[1] === from.width;
    if (!whole || window.pads.some((pad) => pad > 0)) {
      return this.#uncovered.refuse('unsupported_output');
    }
    const step: Step = { kind: 'dense', x, kernel: window.kernel, classes: dense.couts };
    this.#dense.set(step, dense);
    const steps = [...this.#steps, step];
    return fuseAdditions({ activations: this.#activations, steps, output: null }, this.#dense);
  }

  #termOf(node: CheckedNode): Term | null {
    if (node.op === 'QuantizeLinear') return this.#quantize(node);
    if (node.op === 'DequantizeLinear') return this.#dequantize(node);
    if (node.op === 'Conv') return this.#conv(node);
    if (node.op === 'Gemm') return this.#gemm(node);
    if (node.op === 'Add') return this.#add(node);
    const x = this.#terms.get(node.x);
    if (node.op === 'Relu') {
      if (x?.is === 'real') return { is: 'pending', made: { by: 'same', x: x.id }, relu: true };
      return x?.is === 'pending' && this.#single(node.x) ? { ...x, relu: true } : null;
    }
    if (node.op === 'Flatten' || node.op === 'Reshape') return this.#reshape(node.x, node.y);
    if (x?.is !== 'real' || !this.#isImage(node.x, x.id)) return null;
    if (node.op === 'GlobalAveragePool') return pending({ by: 'global', x: x.id });
    if (node.op !== 'MaxPool' && node.op !== 'AveragePool') return null;
    if (node.dilation.some((gap) => gap > 1)) {
      return this.#uncovered.refuse('unsupported_attribute:dilations');
    }
    const by = node.op === 'MaxPool' ? 'max' : 'average';
    return pending({ by, x: x.id, node });
  }

  /** The name has the activation's own shape, not a flattened one. */
  #isImage(name: string, id: number): boolean {
    const { height, width, channels } = at(this.#activations, id);
    const dims = this.#graph.values.get(name)?.dims ?? [];
    return [1, channels, height, width].every((size, axis) => size === dims[axis]);
  }

  #single(name: string): boolean {
    return this.#uses.get(name) === 1;
  }

  /** The same bytes under another shape: nothing to do, as long as no axis is cut or joined. */
  #reshape(from: string, to: string): Term | null {
    const term = this.#terms.get(from);
    const dims = this.#graph.values.get(to)?.dims ?? [];
    const before = this.#graph.values.get(from)?.dims ?? [];
    const kept = dims.length === before.length && dims.every((dim, axis) => dim === before[axis]);
    const flat = dims.length === 2 && dims[0] === 1;
    const pixel = dims.length === 4 && dims[2] === 1 && dims[3] === 1 && before.length === 2;
    if (!kept && !flat && !pixel) return this.#uncovered.refuse('unsupported_shape');
    if (term?.is === 'pending' && !this.#single(from)) return null;
    return term?.is === 'input' || term?.is === 'constant' ? null : (term ?? null);
  }

  #quantize(node: QuantizeNode): Term | null {
    const term = this.#terms.get(node.x);
    const scale = readConstant(this.#graph, node.scale).numbers;
    if (scale.length !== 1) return this.#uncovered.refuse('unsupported_axis');
    const zero = node.zero === null ? null : readConstant(this.#graph, node.zero);
    // int8 with zero point z is uint8 with zero point z + 128, value by value.
    const offset = zero?.type === 'int8' ? 128 : 0;
    const quantization = { scale: scale[0] ?? 1, zero: (zero?.numbers[0] ?? 0) + offset };
    if (term?.is === 'input') {
      if (this.#activations.length > 0) return this.#uncovered.refuse('unsupported_input');
      const [, channels = 1, height = 1, width = 1] = this.#graph.input.dims;
      const image = { name: node.y, height, width, channels, ...quantization };
      return { is: 'quantized', id: this.#activate(image) };
    }
    if (term?.is === 'real') {
      return this.#finishTerm({ by: 'same', x: term.id }, false, node.y, quantization);
    }
    if (term?.is !== 'pending' || !this.#single(node.x)) return null;
    return this.#finishTerm(term.made, term.relu, node.y, quantization);
  }

  #activate(activation: Activation): number {
    return this.#activations.push(activation) - 1;
  }

  #finishTerm(
    made: Made,
    relu: boolean,
    name: string,
    quantization: { readonly scale: number; readonly zero: number },
  ): Term | null {
    const floor = relu ? quantization.zero : 0;
    const x = made.by === 'add' ? made.a : made.x;
    const from = at(this.#activations, x);
    const same = from.scale === quantization.scale && from.zero === quantization.zero;
    if (made.by === 'same' && same && floor <= 0) return { is: 'quantized', id: x };
    const shape = this.#shapeOf(made, name, from);
    if (made.by === 'max') {
      const kept = { scale: from.scale, zero: from.zero };
      const y = this.#activate({ name: same ? name : '', ...shape, ...kept });
      const { kernel, stride, pads } = made.node;
      this.#steps.push({ kind: 'max', x, y, kernel, stride, pads, countPads: false });
      if (same && floor <= 0) return { is: 'quantized', id: y };
      return this.#finishTerm({ by: 'same', x: y }, relu, name, quantization);
    }
    const y = this.#activate({ name, ...shape, ...quantization });
    this.#steps.push(this.#stepOf(made, y, floor));
    return { is: 'quantized', id: y };
  }

  #shapeOf(
    made: Made,
    name: string,
    from: Activation,
  ): { height: number; width: number; channels: number } {
    const dims = this.#graph.values.get(name)?.dims ?? [];
    const [, channels = 1, height = 1, width = 1] = dims;
    if (made.by === 'same' || made.by === 'add') {
      return { height: from.height, width: from.width, channels: from.channels };
    }
    if (made.by === 'global') return { height: 1, width: 1, channels: from.channels };
    // A Flatten between a pool and its QuantizeLinear would hide the shape here.
    if (dims.length !== 4 && made.by !== 'conv') this.#uncovered.refuse('unsupported_shape');
    return { height, width, channels };
  }

  #stepOf(made: Exclude<Made, { by: 'max' }> | Made, y: number, floor: number): Step {
    if (made.by === 'same') return { kind: 'lookup', x: made.x, y, floor };
    if (made.by === 'add') return { kind: 'add', a: made.a, b: made.b, y, floor };
    if (made.by === 'global') {
      if (floor > 0) this.#uncovered.refuse('unsupported_relu');
      return { kind: 'global', x: made.x, y };
    }
    const { scale, zero } = at(this.#activations, y);
    if (made.by === 'conv') {
      const { x, window, dense } = made;
      const own = { ownScale: scale, ownZero: zero };
      const step: Step = {
        ...{ kind: 'conv', algorithm: 'direct', x, y, residual: null },
        ...{ ...window, ...own, floor },
      };
      this.#dense.set(step, dense);
      return step;
    }
    if (floor > 0) this.#uncovered.refuse('unsupported_relu');
    const { kernel, stride, pads, countPads } = made.node;
    return { kind: made.by, x: made.x, y, kernel, stride, pads, countPads };
  }

  #dequantize(node: QuantizeNode): Term | null {
    const term = this.#terms.get(node.x);
    if (term === undefined && this.#graph.initializers.has(node.x)) {
      return { is: 'constant', constant: readConstant(this.#graph, node.x, node) };
    }
    if (term?.is !== 'quantized') return null;
    const { scale, zero } = at(this.#activations, term.id);
    const steps = readConstant(this.#graph, node.scale).numbers;
    const zeros = node.zero === null ? null : readConstant(this.#graph, node.zero);
    const offset = (zeros?.type ?? this.#graph.values.get(node.x)?.type) === 'int8' ? 128 : 0;
    const same = steps.length === 1 && steps[0] === scale;
    if (!same || (zeros?.numbers[0] ?? 0) + offset !== zero) {
      // Reading an activation by another scale than it was written with.
      return this.#uncovered.refuse('unsupported_scale');
    }
    return { is: 'real', id: term.id };
  }

  #conv(node: ConvNode): Term | null {
    const x = this.#terms.get(node.x);
    if (x?.is !== 'real' || !this.#isImage(node.x, x.id)) return null;
    if (node.dilation.some((gap) => gap > 1)) {
      return this.#uncovered.refuse('unsupported_attribute:dilations');
    }
    const { kernel, stride, pads } = node;
    const from = at(this.#activations, x.id);
    const shape = { cins: from.channels, kernel, transposed: false };
    return this.#product(x.id, node.w, node.bias, { kernel, stride, pads }, shape);
  }

  /** A Gemm is a convolution whose one window is the whole activation. */
  #gemm(node: GemmNode): Term | null {
    const a = this.#terms.get(node.a);
    if (a?.is !== 'real' || node.transA) return null;
    if (node.alpha !== 1 || node.beta !== 1) return this.#uncovered.refuse('unsupported_attribute');
    const from = at(this.#activations, a.id);
    const kernel: Pair = [from.height, from.width];
    const window: ConvWindow = { kernel, stride: [1, 1], pads: [0, 0, 0, 0] };
    const shape = { cins: from.channels, kernel, transposed: !node.transB };
    return this.#product(a.id, node.b, node.c, window, shape);
  }

  #product(
    x: number,
    w: string,
    bias: string | null,
    window: ConvWindow,
    shape: Source['shape'],
  ): Term | null {
    const weights = this.#terms.get(w);
    const offset = bias === null ? null : this.#terms.get(bias);
    if (weights?.is !== 'constant' || (offset !== null && offset?.is !== 'constant')) return null;
    const source = { weights: weights.constant, bias: offset?.constant ?? null, shape };
    return this.#productOf(x, window, source);
  }

  #productOf(x: number, window: ConvWindow, source: Source): Term | null {
    const { scale } = at(this.#activations, x);
    const dense = toDense(source.weights, source.bias, scale, source.shape);
    if (!dense.ok) return this.#uncovered.refuse(dense.failure);
    return pending({ by: 'conv', x, window, source, dense: dense.value });
  }

  #add(node: AddNode): Term | null {
    const a = this.#terms.get(node.a);
    const b = this.#terms.get(node.b);
    if (a?.is === 'pending' && b?.is === 'constant') return this.#bias(node.a, a, b.constant);
    if (b?.is === 'pending' && a?.is === 'constant') return this.#bias(node.b, b, a.constant);
    if (a?.is !== 'real' || b?.is !== 'real') return null;
    const dims = this.#graph.values.get(node.a)?.dims ?? [];
    const others = this.#graph.values.get(node.b)?.dims ?? [];
    const same = dims.length === others.length && dims.every((dim, axis) => dim === others[axis]);
    if (!same) return this.#uncovered.refuse('unsupported_broadcast');
    return pending({ by: 'add', a: a.id, b: b.id });
  }

  /** MatMul, then Add of one number per column. */
  #bias(name: string, term: Term & { is: 'pending' }, bias: Constant): Term | null {
    const { made, relu } = term;
    if (made.by !== 'conv' || relu || made.source.bias !== null || !this.#single(name)) return null;
    const columns = bias.dims[bias.dims.length - 1];
    const rank = this.#graph.values.get(name)?.dims.length;
    if (rank !== 2 || columns !== bias.numbers.length) return null;
    return this.#productOf(made.x, made.window, { ...made.source, bias });
  }
}

function pending(made: Made): Term {
  return { is: 'pending', made, relu: false };
}

function namesRead(node: CheckedNode): readonly string[] {
  if (node.op === 'Add') return [node.a, node.b];
  if (node.op === 'Gemm') return [node.a, node.b, ...(node.c === null ? [] : [node.c])];
  return [node.x];
}
