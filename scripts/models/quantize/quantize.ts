import type { OnnxModel, OnnxNode, OnnxTensor } from '../../../src/onnx/graph.ts';
import type { Observations } from '../calibrate/observe.ts';
import { chooseRange, type Method } from '../calibrate/range.ts';
import type { Range } from '../calibrate/span.ts';
import { integersOf } from '../graph/shapes.ts';
import { floatsOf, node, tensor } from '../graph/tensors.ts';
import { type ActivationScale, activationScale, sevenBitScale } from './activation.ts';
import { ONE_TAP, quantizeBias, roundingShift, type TapShares, tapShares } from './bias.ts';
import { type FloatLayer, floatNodes, quantizationPoints } from './points.ts';
import { type Bits, quantizeWeight } from './weight.ts';

export interface QuantizeOptions {
  readonly method: Method;
  /** Take the mean error of weight rounding out of the biases. */
  readonly biasCorrection: boolean;
  readonly weightBits: Bits;
  /** Of the operands of products: sums of branches, which only additions read, keep eight. */
  readonly activationBits: Bits;
  /** Layers that stay in float32: they cost more time and lose nothing. */
  readonly keepFloat: readonly FloatLayer[];
  /** What pixels can be, for an input of seven bits; else what calibration saw. */
  readonly pixels?: Range | undefined;
}

/**
 * The float graph in QDQ form: every activation but the output goes through QuantizeLinear and
 * DequantizeLinear (uint8, per tensor), every weight comes from int8 (per output channel) and every
 * bias from int32 through DequantizeLinear. Runtimes fuse that to integer arithmetic; run
 * literally, it computes the same in float. Values keep their names; `.q` is quantized, `.dq` is
 * real again.
 */
export function quantizeGraph(
  model: OnnxModel,
  observations: Observations,
  options: QuantizeOptions,
): OnnxModel {
  const points = quantizationPoints(model, options.keepFloat);
  const scales = new Map(
    points.own.map((name) => [name, scaleOf(model, name, observations, options)]),
  );
  const floats = new Map(
    model.graph.initializers.map((initializer) => [initializer.name, initializer]),
  );
  const draft: Draft = { nodes: [], initializers: [], scales, kept: points.kept };
  for (const [name, scale] of scales) pushScale(draft, name, scale);
  for (const { name } of model.graph.inputs) if (scales.has(name)) pushActivation(draft, name);
  const inFloat = floatNodes(model, options.keepFloat);
  for (const step of model.graph.nodes) {
    if (inFloat.has(step)) {
      draft.initializers.push(...step.inputs.slice(1).map((name) => floats.get(name)!));
    } else if (floats.has(step.inputs[1] ?? '')) {
      pushWeights(draft, step, floats, observations, options);
    }
    draft.nodes.push(rewired(draft, step));
    const output = step.outputs[0]!;
    if (scales.has(output) || points.kept.has(output)) pushActivation(draft, output);
  }
  const { nodes, initializers } = draft;
  const metadata = { ...model.metadata, quantization: describe(options) };
  return { ...model, metadata, graph: { ...model.graph, nodes, initializers } };
}

/** What was asked for beyond the default is said; the default's words never change. */
function describe({ method, weightBits, activationBits, keepFloat }: QuantizeOptions): string {
  const words = ['int8 qdq', method];
  if (weightBits !== 8) words.push(`weights of ${weightBits} bits`);
  if (activationBits !== 8) words.push(`activations of ${activationBits} bits`);
  if (keepFloat.length > 0) words.push(`${keepFloat.join(' and ')} layer in float32`);
  return words.join(', ');
}

function scaleOf(
  { graph }: OnnxModel,
  name: string,
  observations: Observations,
  options: QuantizeOptions,
): ActivationScale {
  const observed = observations.get(name);
  if (observed === undefined) throw new RangeError(`quantize: ${name} was not observed`);
  if (options.activationBits === 8) {
    return activationScale(chooseRange(observed.histogram, options.method));
  }
  const { min: low, max: high } = observed.histogram;
  if (name === graph.inputs[0]!.name) return sevenBitScale(options.pixels ?? { low, high });
  const range = chooseRange(observed.histogram, options.method);
  // Below zero there are only sums that an addition reads.
  return range.low < 0 ? activationScale(range) : sevenBitScale(range);
}

interface Draft {
  readonly nodes: OnnxNode[];
  readonly initializers: OnnxTensor[];
  readonly scales: ReadonlyMap<string, ActivationScale>;
  readonly kept: ReadonlyMap<string, string>;
}

function pushScale(draft: Draft, name: string, { scale, zero }: ActivationScale): void {
  draft.initializers.push(
    tensor(`${name}.scale`, [], Float32Array.of(scale)),
    tensor(`${name}.zero`, [], Uint8Array.of(zero)),
  );
}

function pushActivation(draft: Draft, name: string): void {
  const owner = draft.kept.get(name) ?? name;
  const parameters = [`${owner}.scale`, `${owner}.zero`];
  draft.nodes.push(
    node('QuantizeLinear', [name, ...parameters], `${name}.q`),
    node('DequantizeLinear', [`${name}.q`, ...parameters], `${name}.dq`),
  );
}

/** The node, reading its activations behind their quantization. */
function rewired(draft: Draft, step: OnnxNode): OnnxNode {
  const inputs = step.inputs.map((name) => {
    return draft.scales.has(name) || draft.kept.has(name) ? `${name}.dq` : name;
  });
  return { ...step, inputs };
}

function pushWeights(
  draft: Draft,
  step: OnnxNode,
  floats: ReadonlyMap<string, OnnxTensor>,
  observations: Observations,
  { biasCorrection, weightBits }: QuantizeOptions,
): void {
  const [input, weightName, biasName] = step.inputs as [string, string, string];
  const weightTensor = floats.get(weightName)!;
  const weight = floatsOf(weightTensor);
  const bias = Float64Array.from(floatsOf(floats.get(biasName)!));
  const inputScale = draft.scales.get(draft.kept.get(input) ?? input)!.scale;
  const quantized = quantizeWeight(weight, Float32Array.from(bias), inputScale, weightBits);
  if (biasCorrection) {
    const observed = observations.get(input) ?? observations.get(draft.kept.get(input) ?? '')!;
    const shares = sharesOf(step, observed.height, observed.width);
    const shift = roundingShift(weight, quantized, observed.channelMeans, shares);
    for (const [c, amount] of shift.entries()) bias[c]! -= amount;
  }
  const { values, scales } = quantizeBias(bias, inputScale, quantized.scales);
  pushDequantized(draft, weightName, weightTensor.dims, quantized.values, quantized.scales);
  pushDequantized(draft, biasName, [values.length], values, scales);
}

function sharesOf(step: OnnxNode, height: number, width: number): TapShares {
  if (step.op !== 'Conv') return ONE_TAP;
  const [kernel, stride, padding] = ['kernel_shape', 'strides', 'pads'].map((name) => {
    return integersOf(step, name)[0]!;
  }) as [number, number, number];
  return {
    rows: tapShares(height, kernel, stride, padding),
    columns: tapShares(width, kernel, stride, padding),
  };
}

/** An integer initializer, its scales along axis 0, and the real tensor by its old name. */
function pushDequantized(
  draft: Draft,
  name: string,
  dims: readonly number[],
  values: Int8Array | Int32Array,
  scales: Float32Array,
): void {
  const zeros =
    values instanceof Int8Array ? new Int8Array(scales.length) : new Int32Array(scales.length);
  draft.initializers.push(
    tensor(`${name}.q`, dims, values),
    tensor(`${name}.scale`, [scales.length], scales),
    tensor(`${name}.zero`, [scales.length], zeros),
  );
  const inputs = [`${name}.q`, `${name}.scale`, `${name}.zero`];
  draft.nodes.push(node('DequantizeLinear', inputs, name, { axis: 0 }));
}
