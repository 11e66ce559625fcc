import * as z from 'zod';
import { DEPTH_MAX, EXTENT_MAX, NAME_CHARACTERS_MAX, STEPS_MAX } from './limits.ts';
import type { Activation, ConvStep, Net, Pair, PoolStep, Step } from './net.ts';
import { at, inputsOf, pitchOf } from './net.ts';
import { depthOf, strassenFits } from './scratch.ts';

const extent = z.number().int().min(1).max(EXTENT_MAX);
const byte = z.number().int().min(0).max(255);
const scale = z
  .number()
  .positive()
  .refine((value) => Math.fround(value) === value);
const id = z.number().int().min(0).max(STEPS_MAX);
const pair = z.tuple([extent, extent]);
const pad = z.number().int().min(0).max(EXTENT_MAX);
const window = { kernel: pair, stride: pair, pads: z.tuple([pad, pad, pad, pad]) };

const step = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('conv'),
    algorithm: z.enum(['direct', 'strassen', 'winograd', 'winograd2', 'stride2', 'stem']),
    ...{ x: id, y: id, residual: id.nullable() },
    ...window,
    ...{ ownScale: scale, ownZero: byte, floor: byte },
  }),
  z.strictObject({ kind: z.literal('dense'), x: id, kernel: pair, classes: extent }),
  z.strictObject({
    kind: z.enum(['max', 'average']),
    x: id,
    y: id,
    ...window,
    countPads: z.boolean(),
  }),
  z.strictObject({ kind: z.literal('global'), x: id, y: id }),
  z.strictObject({ kind: z.literal('add'), a: id, b: id, y: id, floor: byte }),
  z.strictObject({ kind: z.literal('lookup'), x: id, y: id, floor: byte }),
]);

const activation = z.strictObject({
  name: z.string().max(NAME_CHARACTERS_MAX),
  ...{ height: extent, width: extent, channels: extent },
  ...{ scale, zero: byte },
});

const schema = z.strictObject({
  activations: z.array(activation).min(1).max(STEPS_MAX),
  steps: z.array(step).min(1).max(STEPS_MAX),
  output: id.nullable(),
});

/** A net from a stranger's JSON, or null unless every step fits the shapes that it names. */
export function readNet(value: unknown): Net | null {
  const parsed = schema.safeParse(value);
  if (!parsed.success) return null;
  const net: Net = parsed.data;
  const written = new Set([0]);
  for (const [index, one] of net.steps.entries()) {
    if (!inputsOf(one).every((x) => written.has(x))) return null;
    if (one.kind === 'dense') {
      if (index !== net.steps.length - 1 || net.output !== null) return null;
      const x = at(net.activations, one.x);
      if (!coversWhole(x, one.kernel) || depthOf(net, one) > DEPTH_MAX) return null;
      continue;
    }
    // Written once, so that lifetimes are what the layout takes them for.
    if (written.has(one.y) || one.y >= net.activations.length) return null;
    if (!fits(net, one)) return null;
    written.add(one.y);
  }
  const last = at(net.steps, net.steps.length - 1);
  const ends = net.output === null ? last.kind === 'dense' : written.has(net.output);
  return ends && net.activations.every((_, index) => written.has(index)) ? net : null;
}

function coversWhole(x: Activation, kernel: Pair): boolean {
  return kernel[0] === x.height && kernel[1] === x.width;
}

function fits(net: Net, step: Exclude<Step, { kind: 'dense' }>): boolean {
  const y = at(net.activations, step.y);
  if (step.kind === 'add') {
    return sameShape(at(net.activations, step.a), y) && sameShape(at(net.activations, step.b), y);
  }
  const x = at(net.activations, step.x);
  if (step.kind === 'lookup') return sameShape(x, y);
  if (step.kind === 'global') return x.channels === y.channels && y.height === 1 && y.width === 1;
  if (!windowFits(step, x, y)) return false;
  return step.kind === 'conv' ? convFits(net, step, y) : x.channels === y.channels;
}

function sameShape(a: Activation, b: Activation): boolean {
  return a.height === b.height && a.width === b.width && a.channels === b.channels;
}

/** Convolutions round down; pools may round up, but no window may lie outside the image. */
function windowFits(step: ConvStep | PoolStep, x: Activation, y: Activation): boolean {
  const axes = [
    [x.height, y.height, 0, 2],
    [x.width, y.width, 1, 3],
  ] as const;
  return axes.every(([size, outSize, axis, after]) => {
    const kernel = step.kernel[axis];
    const stride = step.stride[axis];
    const before = step.pads[axis];
    const room = size + before + step.pads[after] - kernel;
    if (room < 0) return false;
    if (step.kind === 'conv') return outSize === Math.floor(room / stride) + 1;
    const lastStart = (outSize - 1) * stride - before;
    return before < kernel && step.pads[after] < kernel && lastStart < size;
  });
}

function convFits(net: Net, step: ConvStep, y: Activation): boolean {
  if (depthOf(net, step) > DEPTH_MAX) return false;
  if (step.residual !== null && !sameShape(at(net.activations, step.residual), y)) return false;
  const pitch = pitchOf(net, step.x);
  const [rows, columns] = step.kernel;
  const [down, across] = step.stride;
  const square = rows === columns && down === across;
  if (step.algorithm === 'strassen') return strassenFits(net, step);
  if (step.algorithm === 'winograd' || step.algorithm === 'winograd2') {
    return square && rows === 3 && down === 1 && pitch % 8 === 0;
  }
  if (step.algorithm === 'stride2') return square && rows === 3 && down === 2 && pitch % 8 === 0;
  if (step.algorithm === 'stem') {
    return square && rows === 7 && down === 2 && pitch === 3 && step.residual === null;
  }
  return true;
}
