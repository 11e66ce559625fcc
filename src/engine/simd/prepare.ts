import type { Result } from '../../result.ts';
import { fail, ok } from '../../result.ts';
import type { WeightSums } from './choose.ts';
import { additionRounds, chooseAlgorithm, requantizeScale, sumBounds } from './choose.ts';
import type { Kernels } from './kernels.ts';
import { reserve } from './kernels.ts';
import type { Constants, Layout } from './layout.ts';
import { coutsOf, layoutOf } from './layout.ts';
import { CONSTANTS_BASE, DEPTH_MAX, SESSION_BYTES_MAX, WORK_MAX } from './limits.ts';
import type { Lowered } from './lower.ts';
import type { ConvStep, DenseStep, LookupStep, Net, Step } from './net.ts';
import { at, pitchOf, workOf } from './net.ts';
import { depthOf } from './scratch.ts';
import type { Dense } from './weights.ts';

export interface Prepared {
  readonly net: Net;
  readonly layout: Layout;
}

/** Chooses each algorithm by the weights' own bounds, then packs weights into the memory. */
export function prepare(
  kernels: Kernels,
  lowered: Lowered,
  choose: typeof chooseAlgorithm = chooseAlgorithm,
): Result<Prepared, string> {
  const packed = new Map<Step, Dense>();
  const steps: Step[] = [];
  for (const step of lowered.net.steps) {
    const dense = lowered.dense.get(step);
    const chosen = dense === undefined ? checkStep(lowered.net, step) : null;
    const final =
      dense === undefined ? chosen : chooseStep(kernels, lowered.net, step, dense, choose);
    if (final === null) return fail('unsupported_range');
    if (dense !== undefined) packed.set(final, dense);
    steps.push(final);
  }
  const net: Net = { ...lowered.net, steps };
  const layout = layoutOf(net);
  const small = layout.bytes <= SESSION_BYTES_MAX && workOf(net) <= WORK_MAX;
  if (!small) return fail('unsupported_size');
  reserve(kernels, layout.bytes);
  steps.forEach((step, index) => {
    const constants = at(layout.constants, index);
    const dense = packed.get(step);
    if (step.kind === 'lookup') writeTable(kernels, net, step, constants);
    if (dense === undefined || (step.kind !== 'conv' && step.kind !== 'dense')) return;
    packWeights(kernels, net, layout, step, constants, dense);
    writeBias(kernels, net, step, constants, dense);
  });
  return ok({ net, layout });
}

function checkStep(net: Net, step: Step): Step | null {
  if (step.kind !== 'add') return step;
  const [a, b, y] = [step.a, step.b, step.y].map((id) => at(net.activations, id).scale);
  return additionRounds(a ?? 0, b ?? 0, y ?? 1) ? step : null;
}

function chooseStep(
  kernels: Kernels,
  net: Net,
  step: Step,
  dense: Dense,
  choose: typeof chooseAlgorithm,
): Step | null {
  if (step.kind !== 'conv' && step.kind !== 'dense') return null;
  const bounds = sumBounds(sumWeights(kernels, dense), at(net.activations, step.x).zero);
  if (step.kind === 'dense') {
    const fits = bounds.every((bound, cout) => bound + Math.abs(dense.bias[cout] ?? 0) < 2 ** 31);
    return fits && depthOf(net, step) <= DEPTH_MAX ? step : null;
  }
  const algorithm = choose(net, step, bounds, dense.bias, dense.scales);
  return algorithm === null ? null : { ...step, algorithm };
}

/** Row by row through a little memory: nothing is laid out yet. */
function sumWeights(kernels: Kernels, dense: Dense): WeightSums {
  const depth = dense.cins * dense.taps;
  reserve(kernels, CONSTANTS_BASE + depth);
  const row = new Uint8Array(kernels.memory.buffer, CONSTANTS_BASE, depth);
  const positive = new Int32Array(dense.couts);
  const total = new Int32Array(dense.couts);
  for (let cout = 0; cout < dense.couts; cout++) {
    row.set(dense.weights.subarray(cout * depth, (cout + 1) * depth));
    positive[cout] = kernels.positiveSum(CONSTANTS_BASE, depth);
    total[cout] = kernels.totalSum(CONSTANTS_BASE, depth);
  }
  return { positive, total };
}

function packWeights(
  kernels: Kernels,
  net: Net,
  layout: Layout,
  step: ConvStep | DenseStep,
  { weights }: Constants,
  dense: Dense,
): void {
  const { cins, taps } = dense;
  const pitch = pitchOf(net, step.x);
  const depth = depthOf(net, step);
  const eight = 8 * cins * taps;
  const from = layout.scratch;
  const staging = new Uint8Array(kernels.memory.buffer, from, eight);
  const algorithm = step.kind === 'dense' ? 'direct' : step.algorithm;
  let to = weights;
  for (let cout = 0; cout < dense.couts; cout += 8) {
    const rows = dense.weights.subarray(cout * cins * taps, (cout + 8) * cins * taps);
    staging.set(rows);
    staging.fill(0, rows.length);
    if (algorithm === 'direct' || algorithm === 'strassen') {
      kernels.packGemm(from, cins, taps, pitch, depth, to);
      to += depth * 8;
    } else if (algorithm === 'stem') {
      kernels.packStem(from, to);
      to += 8 * 36 * 12 * 2;
    } else {
      kernels.packTaps(from, cins, pitch, to);
      to += pitch * 72;
    }
  }
}

function writeBias(
  kernels: Kernels,
  net: Net,
  step: ConvStep | DenseStep,
  constants: Constants,
  dense: Dense,
): void {
  const couts = coutsOf(net, step);
  const { buffer } = kernels.memory;
  const bias = new Int32Array(buffer, constants.bias, couts);
  const scale = new Float32Array(buffer, constants.scale, couts);
  bias.fill(0);
  bias.set(dense.bias);
  scale.fill(0);
  dense.scales.forEach((value, cout) => {
    scale[cout] = step.kind === 'conv' ? requantizeScale(value, step.ownScale) : value;
  });
}

function writeTable(kernels: Kernels, net: Net, step: LookupStep, constants: Constants): void {
  const [x, y] = [at(net.activations, step.x), at(net.activations, step.y)];
  const table = new Uint8Array(kernels.memory.buffer, constants.table, 256);
  for (let q = 0; q < 256; q++) {
    table[q] = Math.max(step.floor, requantize((q - x.zero) * x.scale, y));
  }
}

/** QuantizeLinear of one f32, half to even. */
export function requantize(
  real: number,
  { scale, zero }: { readonly scale: number; readonly zero: number },
): number {
  const x = Math.fround(Math.fround(real) / Math.fround(scale));
  const floor = Math.floor(x);
  const up = x - floor > 0.5 || (x - floor === 0.5 && floor % 2 !== 0);
  return Math.min(255, Math.max(0, floor + (up ? 1 : 0) + zero));
}
