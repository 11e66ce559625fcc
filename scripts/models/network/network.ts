import { fail, ok, type Result } from '../../../src/result.ts';
import { type Tensors, toFloat32 } from '../checkpoint/tensor.ts';
import {
  type Architecture,
  type ConvLayer,
  type HeadLayer,
  isBottleneck,
  type Layer,
  layersOf,
  type Style,
  weightShape,
} from './architecture.ts';
import { type Detected, detectArchitecture } from './detect.ts';
import type { NetworkFailure } from './failure.ts';
import { type Affine, type BatchNorm, foldBatchNorm } from './fold.ts';
import { type KeyScheme, keyScheme, unitKeys } from './keys.ts';
import { type ChannelStatistics, statisticsOf } from './statistics.ts';

/** A ResNet at inference: layers in computing order, and each convolution's numbers. */
export interface Network {
  readonly architecture: Architecture;
  readonly library: KeyScheme['library'];
  readonly layers: readonly Layer[];
  readonly weights: ReadonlyMap<string, Affine>;
  /** Of each convolution's output; what calibrates without pictures. */
  readonly statistics: ReadonlyMap<string, ChannelStatistics>;
}

/** Finds the network in a state dict, checks every tensor, and folds batch norm away. */
export function buildNetwork(
  tensors: Tensors,
  style: Style | undefined,
): Result<Network, NetworkFailure> {
  const scheme = keyScheme(tensors);
  const detected = detectArchitecture(tensors, scheme);
  if (!detected.ok) return detected;
  // Shapes do not depend on the style, and a file that is no such network needs no style.
  const shapes = layersOf({ ...detected.value, style: 'pytorch' });
  const slots = shapes.flatMap((layer) => slotsOf(layer, scheme, tensors));
  const mismatch = compareShapes(tensors, slots);
  if (mismatch !== undefined) return fail(mismatch);
  const settled = settleStyle(detected.value, scheme, style);
  if (!settled.ok) return settled;
  const architecture = { ...detected.value, style: settled.value };
  const layers = layersOf(architecture);
  const weights = new Map<string, Affine>();
  const statistics = new Map<string, ChannelStatistics>();
  for (const layer of layers) {
    if (layer.op !== 'conv' && layer.op !== 'head') continue;
    const affine = readAffine(layer, scheme, tensors);
    if (!affine.ok) return affine;
    weights.set(layer.name, affine.value);
    if (layer.op === 'conv') {
      statistics.set(layer.name, statisticsOf(readNorm(layer, scheme, tensors)));
    }
  }
  return ok({ architecture, library: scheme.library, layers, weights, statistics });
}

/**
 * A block of two 3x3 has its stride on the first. In a bottleneck the shapes do not tell; of the
 * libraries, only timm has no other style than its own.
 */
function settleStyle(
  { depth }: Detected,
  { library }: KeyScheme,
  given: Style | undefined,
): Result<Style, NetworkFailure> {
  if (!isBottleneck(depth)) return ok('pytorch');
  if (given !== undefined) return ok(given);
  if (library === 'timm') return ok('pytorch');
  return fail({ code: 'style_needed', option: '--style pytorch|caffe', depth });
}

/** A tensor that the state dict must hold. */
interface Slot {
  readonly key: string;
  readonly shape: readonly number[];
}

function slotsOf(layer: Layer, scheme: KeyScheme, tensors: Tensors): readonly Slot[] {
  if (layer.op === 'head') {
    return [
      { key: `${scheme.head}weight`, shape: weightShape(layer) },
      { key: `${scheme.head}bias`, shape: [layer.outChannels] },
    ];
  }
  if (layer.op !== 'conv') return [];
  const { weight, norm } = unitKeys(scheme, layer.name, tensors);
  const parts = ['weight', 'bias', 'running_mean', 'running_var'];
  return [
    { key: weight, shape: weightShape(layer) },
    ...parts.map((part) => ({ key: norm + part, shape: [layer.outChannels] })),
  ];
}

/** Counts training steps; absent in very old files, of no use at inference. */
const COUNTER = /\.num_batches_tracked$/;

function compareShapes(tensors: Tensors, slots: readonly Slot[]): NetworkFailure | undefined {
  const expected = new Set(slots.map((slot) => slot.key));
  const missing: string[] = [];
  const misshapen: string[] = [];
  for (const { key, shape } of slots) {
    const saw = tensors.get(key)?.shape;
    if (saw === undefined) missing.push(key);
    else if (saw.join() !== shape.join()) misshapen.push(`${key} [${saw}], not [${shape}]`);
  }
  const unexpected = [...tensors.keys()].filter((key) => !expected.has(key) && !COUNTER.test(key));
  if (missing.length + misshapen.length + unexpected.length === 0) return undefined;
  return { code: 'checkpoint_mismatch', missing, unexpected, misshapen };
}

function readAffine(
  layer: ConvLayer | HeadLayer,
  scheme: KeyScheme,
  tensors: Tensors,
): Result<Affine, NetworkFailure> {
  const read = (key: string) => toFloat32(tensors.get(key)!);
  if (layer.op === 'head') {
    const affine = { weight: read(`${scheme.head}weight`), bias: read(`${scheme.head}bias`) };
    return checkFinite(`${scheme.head}weight`, affine);
  }
  const { weight } = unitKeys(scheme, layer.name, tensors);
  return checkFinite(weight, foldBatchNorm(read(weight), readNorm(layer, scheme, tensors)));
}

function readNorm({ name }: ConvLayer, scheme: KeyScheme, tensors: Tensors): BatchNorm {
  const { norm } = unitKeys(scheme, name, tensors);
  const read = (part: string) => toFloat32(tensors.get(norm + part)!);
  return {
    scale: read('weight'),
    shift: read('bias'),
    mean: read('running_mean'),
    variance: read('running_var'),
  };
}

function checkFinite(key: string, affine: Affine): Result<Affine, NetworkFailure> {
  if (affine.weight.every(Number.isFinite) && affine.bias.every(Number.isFinite)) return ok(affine);
  const reason = 'with its batch norm folded in, it holds NaN or infinity';
  return fail({ code: 'bad_weights', key, reason });
}
