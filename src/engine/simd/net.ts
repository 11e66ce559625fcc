/**
 * A graph as the engine runs it: a list of fused steps over u8 activations. Plain data; a pack
 * stores it as JSON. Where memory lies is not part of it: layout.ts derives that, so that a pack
 * cannot point anywhere.
 */
export interface Net {
  /** Activation 0 is the quantized input. */
  readonly activations: readonly Activation[];
  readonly steps: readonly Step[];
  /** The output activation, or null where the last step is `dense` and leaves floats. */
  readonly output: number | null;
}

/** u8 NHWC, real value = scale * (q - zero). Scales are f32 values. */
export interface Activation {
  /** As the ONNX file calls it: for explanations and comparisons only. */
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly scale: number;
  readonly zero: number;
}

export type Step = ConvStep | DenseStep | PoolStep | GlobalStep | AddStep | LookupStep;

export type Pair = readonly [number, number];
/** top, left, bottom, right */
export type Pads = readonly [number, number, number, number];

export type Algorithm =
  /** Packed pixels times panels. Any kernel, stride and padding. */
  | 'direct'
  /** The same with one level of Strassen: deep windows over many pixels. */
  | 'strassen'
  /** F(4x4, 3x3): 3x3, stride 1. */
  | 'winograd'
  /** F(2x2, 3x3): 3x3, stride 1, images of one tile of the former. */
  | 'winograd2'
  /** Polyphase F(4, 2): 3x3, stride 2. */
  | 'stride2'
  /** Polyphase F(3x3, 4x4): 7x7, stride 2, 3 channels. */
  | 'stem';

/** y = clamp(round((bias + sum) * scale) + zero), then the residual's addition if there is one. */
export interface ConvStep {
  readonly kind: 'conv';
  readonly algorithm: Algorithm;
  readonly x: number;
  readonly y: number;
  readonly residual: number | null;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: Pads;
  /** Quantization of the convolution's own output: that of y where nothing is added. */
  readonly ownScale: number;
  readonly ownZero: number;
  /** A ReLU lets nothing below this pass: y's zero point, else 0. */
  readonly floor: number;
}

/** The last layer, from one pixel to f32 logits. */
export interface DenseStep {
  readonly kind: 'dense';
  readonly x: number;
  /** The whole activation is one window. */
  readonly kernel: Pair;
  readonly classes: number;
}

export interface PoolStep {
  readonly kind: 'max' | 'average';
  readonly x: number;
  readonly y: number;
  readonly kernel: Pair;
  readonly stride: Pair;
  readonly pads: Pads;
  readonly countPads: boolean;
}

export interface GlobalStep {
  readonly kind: 'global';
  readonly x: number;
  readonly y: number;
}

export interface AddStep {
  readonly kind: 'add';
  readonly a: number;
  readonly b: number;
  readonly y: number;
  readonly floor: number;
}

/** Requantization by a table of 256. */
export interface LookupStep {
  readonly kind: 'lookup';
  readonly x: number;
  readonly y: number;
  readonly floor: number;
}

export function roundUp(value: number, multiple: number): number {
  return Math.ceil(value / multiple) * multiple;
}

/** Bytes from pixel to pixel: a multiple of 8, but for a narrow image that only convs read. */
export function pitchOf(net: Net, id: number): number {
  const { channels } = at(net.activations, id);
  const tight =
    id === 0 && channels < 8 && net.steps.every((s) => s.kind === 'conv' || readsOther(s));
  return tight ? channels : roundUp(channels, 8);
}

function readsOther(step: Step): boolean {
  return !inputsOf(step).includes(0);
}

export function inputsOf(step: Step): readonly number[] {
  if (step.kind === 'add') return [step.a, step.b];
  if (step.kind === 'conv' && step.residual !== null) return [step.x, step.residual];
  return [step.x];
}

/** An element that must be there: ids were checked when the net was made or read. */
export function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new RangeError(`net: no element ${index}`);
  return found;
}

export function macsOf(net: Net, step: Step): number {
  if (step.kind !== 'conv' && step.kind !== 'dense') return 0;
  const x = at(net.activations, step.x);
  const window = step.kernel[0] * step.kernel[1] * x.channels;
  if (step.kind === 'dense') return window * step.classes;
  const y = at(net.activations, step.y);
  return window * y.height * y.width * y.channels;
}

/** Multiply-adds, and pixels that pools look at: what an inference costs, within a small factor. */
export function workOf(net: Net): number {
  return net.steps.reduce((sum, step) => {
    if (step.kind === 'dense' || step.kind === 'conv') return sum + macsOf(net, step);
    const y = at(net.activations, step.y);
    const area = 'kernel' in step ? step.kernel[0] * step.kernel[1] : 1;
    return sum + y.height * y.width * y.channels * area;
  }, 0);
}
