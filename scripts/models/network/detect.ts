import { fail, ok, type Result } from '../../../src/result.ts';
import type { Tensors } from '../checkpoint/tensor.ts';
import {
  type Architecture,
  DEPTHS,
  type Depth,
  isBottleneck,
  STAGE_BLOCKS,
  type Style,
  type Variant,
} from './architecture.ts';
import type { NetworkFailure } from './failure.ts';
import { keyScheme } from './keys.ts';

/** What the names and shapes tell; the style of a bottleneck they do not. */
export function detectArchitecture(
  tensors: Tensors,
  style: Style | undefined,
): Result<Architecture, NetworkFailure> {
  const scheme = keyScheme(tensors);
  const variant = detectVariant(tensors, scheme.body);
  if (!variant.ok) return variant;
  const depth = detectDepth(tensors, scheme.body);
  if (!depth.ok) return depth;
  const classes = tensors.get(`${scheme.head}weight`)?.shape[0];
  if (classes === undefined) {
    return fail({ code: 'unknown_architecture', reason: `${scheme.head}weight is missing` });
  }
  if (isBottleneck(depth.value) && style === undefined) {
    return fail({ code: 'style_needed', depth: depth.value });
  }
  return ok({
    depth: depth.value,
    variant: variant.value,
    style: isBottleneck(depth.value) ? (style ?? 'pytorch') : 'pytorch',
    classes,
  });
}

function detectVariant(tensors: Tensors, body: string): Result<Variant, NetworkFailure> {
  const deep = tensors.has(`${body}stem.0.conv.weight`) || tensors.has(`${body}conv1.0.weight`);
  if (deep) return ok(tensors.has(`${body}layer2.0.downsample.2.weight`) ? 'v1d' : 'v1c');
  const stem = tensors.get(`${body}conv1.weight`)?.shape.join('x');
  if (stem === '64x3x7x7') return ok('v1b');
  if (stem === '64x3x3x3') return ok('cifar');
  const saw = stem === undefined ? 'missing' : `[${stem}], neither 64x3x7x7 nor 64x3x3x3`;
  return fail({ code: 'unknown_architecture', reason: `${body}conv1.weight is ${saw}` });
}

function detectDepth(tensors: Tensors, body: string): Result<Depth, NetworkFailure> {
  const bottleneck = tensors.has(`${body}layer1.0.conv3.weight`);
  const blocks = [1, 2, 3, 4].map((stage) => {
    let count = 0;
    while (tensors.has(`${body}layer${stage}.${count}.conv1.weight`)) count++;
    return count;
  });
  const depth = DEPTHS.find(
    (candidate) =>
      isBottleneck(candidate) === bottleneck &&
      STAGE_BLOCKS[candidate].every((count, stage) => count === blocks[stage]),
  );
  if (depth !== undefined) return ok(depth);
  const kind = bottleneck ? 'bottleneck' : 'basic';
  const reason = `${blocks.join(', ')} ${kind} blocks are no ResNet-${DEPTHS.join(', ')}`;
  return fail({ code: 'unknown_architecture', reason });
}
