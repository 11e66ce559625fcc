import { fail, ok, type Result } from '../../../src/result.ts';
import type { Tensors } from '../checkpoint/tensor.ts';
import {
  type Architecture,
  DEPTHS,
  type Depth,
  isBottleneck,
  STAGE_BLOCKS,
  type Variant,
} from './architecture.ts';
import type { NetworkFailure } from './failure.ts';
import type { KeyScheme } from './keys.ts';

/** What the names and shapes tell. */
export type Detected = Omit<Architecture, 'style'>;

export function detectArchitecture(
  tensors: Tensors,
  scheme: KeyScheme,
): Result<Detected, NetworkFailure> {
  const variant = detectVariant(tensors, scheme.body);
  if (!variant.ok) return variant;
  const depth = detectDepth(tensors, scheme.body);
  if (!depth.ok) return depth;
  const head = tensors.get(`${scheme.head}weight`) ?? tensors.get(`${scheme.head}bias`);
  // Without a head this number says nothing; the comparison of keys then names what is missing.
  const classes = head?.shape[0] ?? 1;
  return ok({ depth: depth.value, variant: variant.value, classes });
}

function detectVariant(tensors: Tensors, body: string): Result<Variant, NetworkFailure> {
  const keys = [...tensors.keys()];
  const deep = keys.some(
    (key) => key.startsWith(`${body}stem.`) || /^conv1\.\d/.test(key.slice(body.length)),
  );
  // v1d projects behind an average pool: its convolution is one place further.
  const shifted = tensors.has(`${body}layer2.0.downsample.2.weight`);
  if (deep) return ok(shifted ? 'v1d' : 'v1c');
  const stem = tensors.get(`${body}conv1.weight`)?.shape.join('x');
  if (shifted) {
    const reason = 'shortcuts of v1d behind a stem that is not deep';
    return fail({ code: 'unknown_architecture', reason });
  }
  if (stem === '64x3x7x7') return ok('v1b');
  if (stem === '64x3x3x3') return ok('cifar');
  const saw = stem === undefined ? 'missing' : `[${stem}], neither 64x3x7x7 nor 64x3x3x3`;
  return fail({ code: 'unknown_architecture', reason: `${body}conv1.weight is ${saw}` });
}

function detectDepth(tensors: Tensors, body: string): Result<Depth, NetworkFailure> {
  const blocks = [0, 0, 0, 0];
  let bottleneck = false;
  for (const key of tensors.keys()) {
    const [, stage, block, part] = BLOCK.exec(key.slice(body.length)) ?? [];
    if (!key.startsWith(body) || stage === undefined) continue;
    // By the highest number: one tensor that is missing is then named, not taken for an end.
    blocks[Number(stage) - 1] = Math.max(blocks[Number(stage) - 1]!, Number(block) + 1);
    bottleneck ||= part === 'conv3';
  }
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

const BLOCK = /^layer([1-4])\.(\d{1,3})\.(\w+)\./;
