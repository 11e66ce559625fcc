import { z } from 'zod';
import { fail, ok, type Result } from '../../../../src/result.ts';
import type { KerasFailure } from './failure.ts';
import type { KerasLayer } from './model-json.ts';
import { kerasUnit } from './unit.ts';

export interface KerasConv {
  readonly kind: 'conv';
  readonly layer: string;
  readonly unit: string;
  /** Height and width of the kernel, and its number of filters. */
  readonly kernel: readonly [number, number];
  readonly filters: number;
  readonly bias: boolean;
}

export interface KerasNorm {
  readonly kind: 'norm';
  readonly layer: string;
  readonly unit: string;
  readonly epsilon: number;
}

export interface KerasDense {
  readonly kind: 'dense';
  readonly layer: string;
  readonly units: number;
}

export type WeightedLayer = KerasConv | KerasNorm | KerasDense;

const pair = (a: number, b: number = a) => z.tuple([z.literal(a), z.literal(b)]);
const last = z.literal('channels_last').optional();

const SCHEMAS = {
  InputLayer: z.object({}),
  Activation: z.object({ activation: z.literal('relu') }),
  Add: z.object({}),
  GlobalAveragePooling2D: z.object({ data_format: last }),
  MaxPooling2D: z.object({
    pool_size: pair(3),
    strides: pair(2),
    padding: z.literal('valid'),
    data_format: last,
  }),
  ZeroPadding2D: z.object({
    padding: z.union([z.tuple([pair(1), pair(1)]), z.tuple([pair(3), pair(3)])]),
    data_format: last,
  }),
  Conv2D: z.object({
    kernel_size: z.union([pair(1), pair(3), pair(7)]),
    filters: z.int().positive(),
    strides: z.union([pair(1), pair(2)]),
    padding: z.enum(['valid', 'same']),
    dilation_rate: pair(1).optional(),
    groups: z.literal(1).optional(),
    activation: z.literal('linear').optional(),
    use_bias: z.boolean(),
    data_format: last,
  }),
  BatchNormalization: z.object({
    axis: z.union([z.literal(3), z.tuple([z.literal(3)]), z.literal(-1)]),
    epsilon: z.number().positive().max(1),
    center: z.literal(true),
    scale: z.literal(true),
  }),
  Dense: z.object({
    units: z.int().positive(),
    activation: z.enum(['softmax', 'linear']),
    use_bias: z.literal(true),
  }),
} as const;

/**
 * The layers that have weights, each checked to be what a ResNet of keras.applications has in its
 * place: only then do torchvision's keys and `caffe` style compute the same network.
 */
export function weightedLayers(
  layers: readonly KerasLayer[],
): Result<readonly WeightedLayer[], KerasFailure> {
  const weighted: WeightedLayer[] = [];
  for (const { type, name, config } of layers) {
    const refuse = (reason: string) => fail({ code: 'unsupported_layer', layer: name, reason });
    if (!isKnown(type)) return refuse(`${type} is no part of a ResNet of keras.applications`);
    const parsed = SCHEMAS[type].safeParse(config);
    if (!parsed.success) {
      const issue = parsed.error.issues[0];
      return refuse(`${type}.${issue?.path.join('.')}: ${issue?.message}`);
    }
    const known = toWeighted(type, name, config);
    if (typeof known === 'string') return refuse(known);
    if (known !== undefined) weighted.push(known);
  }
  return ok(weighted);
}

function isKnown(type: string): type is keyof typeof SCHEMAS {
  return Object.hasOwn(SCHEMAS, type);
}

/** Undefined for a layer without weights; text says why a layer is not what its name says. */
function toWeighted(
  type: keyof typeof SCHEMAS,
  layer: string,
  config: unknown,
): WeightedLayer | string | undefined {
  if (type === 'Dense') {
    return { kind: 'dense', layer, units: SCHEMAS.Dense.parse(config).units };
  }
  if (type !== 'Conv2D' && type !== 'BatchNormalization') return undefined;
  const place = kerasUnit(layer);
  if (place === undefined) return 'its name has no place in a ResNet of keras.applications';
  const { unit } = place;
  if (type === 'BatchNormalization') {
    return { kind: 'norm', layer, unit, epsilon: SCHEMAS[type].parse(config).epsilon };
  }
  const { kernel_size, filters, strides, padding, use_bias } = SCHEMAS.Conv2D.parse(config);
  if (strides[0] !== place.stride) return `its stride is ${strides[0]}, not ${place.stride}`;
  // "same" at stride 2 pads one side only; at stride 1, and for 1x1, it is what PyTorch does.
  const wanted = kernel_size[0] === 3 ? 'same' : 'valid';
  if (kernel_size[0] !== 1 && padding !== wanted) return `its padding is ${padding}`;
  return { kind: 'conv', layer, unit, kernel: kernel_size, filters, bias: use_bias };
}
