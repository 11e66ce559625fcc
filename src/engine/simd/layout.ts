import { ALIGN_BYTES, CONSTANTS_BASE } from './limits.ts';
import type { Net, Step } from './net.ts';
import { at, inputsOf, pitchOf, roundUp } from './net.ts';
import {
  denseScratch,
  depthOf,
  directScratch,
  isProduct,
  stemScratch,
  tileScratch,
} from './scratch.ts';

/**
 * Where everything lies in the session's memory, derived from the net alone:
 *
 *     0          8192                constantsEnd       scratch            bytes
 *     | kernels' | weights, biases,  | activations,     | buffers that all |
 *     | scratch  | scales, tables    | by lifetime      | steps share      |
 *
 * The constants are what a pack stores.
 */
export interface Layout {
  readonly constants: readonly Constants[];
  readonly constantsEnd: number;
  /** Address of each activation. */
  readonly activations: readonly number[];
  readonly scratch: number;
  readonly bytes: number;
}

/** Addresses by step; 0 where a step has none. */
export interface Constants {
  readonly weights: number;
  readonly bias: number;
  readonly scale: number;
  readonly table: number;
}

export function layoutOf(net: Net): Layout {
  let top = CONSTANTS_BASE;
  function take(bytes: number): number {
    const start = top;
    if (bytes > 0) top = roundUp(start + bytes, ALIGN_BYTES) + ALIGN_BYTES;
    return bytes > 0 ? start : 0;
  }
  const constants = net.steps.map((step) => {
    const couts = coutsOf(net, step);
    return {
      weights: take(weightBytes(net, step)),
      bias: take(couts * 4),
      scale: take(couts * 4),
      table: take(step.kind === 'lookup' ? 256 : 0),
    };
  });
  const constantsEnd = top;
  const arena = placeActivations(net);
  const activations = arena.offsets.map((offset) => constantsEnd + offset);
  const scratch = roundUp(constantsEnd + arena.bytes, ALIGN_BYTES);
  return { constants, constantsEnd, activations, scratch, bytes: scratch + scratchBytes(net) };
}

/** Output channels in whole vectors of 8. */
export function coutsOf(net: Net, step: Step): number {
  if (step.kind === 'dense') return roundUp(step.classes, 8);
  return step.kind === 'conv' ? roundUp(at(net.activations, step.y).channels, 8) : 0;
}

export function weightBytes(net: Net, step: Step): number {
  const couts = coutsOf(net, step);
  if (step.kind !== 'conv' && step.kind !== 'dense') return 0;
  if (step.kind === 'dense' || isProduct(step)) return couts * depthOf(net, step);
  if (step.algorithm === 'stem') return couts * 36 * 12 * 2;
  return couts * pitchOf(net, step.x) * 9;
}

function scratchBytes(net: Net): number {
  const input = at(net.activations, 0);
  // The f32 input waits here until it is quantized, and 8 couts of raw weights until packed.
  let most = input.height * input.width * input.channels * 4 + ALIGN_BYTES;
  for (const step of net.steps) {
    if (step.kind === 'conv' || step.kind === 'dense') {
      const x = at(net.activations, step.x);
      most = Math.max(most, step.kernel[0] * step.kernel[1] * x.channels * 8 + ALIGN_BYTES);
    }
    if (step.kind === 'dense') most = Math.max(most, denseScratch(net, step).bytes);
    if (step.kind !== 'conv') continue;
    if (isProduct(step)) most = Math.max(most, directScratch(net, step).bytes);
    else if (step.algorithm === 'stem') most = Math.max(most, stemScratch(net, step).bytes);
    else most = Math.max(most, tileScratch(net, step).bytes);
  }
  return most;
}

export function activationBytes(net: Net, id: number): number {
  const { height, width } = at(net.activations, id);
  return height * width * pitchOf(net, id);
}

/** First fit by lifetime: an activation lives from the step that writes it to its last reader. */
function placeActivations(net: Net): { offsets: readonly number[]; bytes: number } {
  const last = net.activations.map(() => -1);
  net.steps.forEach((step, index) => {
    for (const id of inputsOf(step)) last[id] = index;
    if ('y' in step) last[step.y] = Math.max(at(last, step.y), index);
  });
  if (net.output !== null) last[net.output] = net.steps.length;
  const offsets = net.activations.map(() => 0);
  let live: { id: number; start: number; end: number }[] = [];
  let bytes = 0;
  function place(id: number): void {
    const size = roundUp(activationBytes(net, id), ALIGN_BYTES) + ALIGN_BYTES;
    live.sort((a, b) => a.start - b.start);
    let start = 0;
    for (const range of live) {
      if (range.start - start >= size) break;
      start = Math.max(start, range.end);
    }
    offsets[id] = start;
    live.push({ id, start, end: start + size });
    bytes = Math.max(bytes, start + size);
  }
  place(0);
  net.steps.forEach((step, index) => {
    if ('y' in step) place(step.y);
    live = live.filter(({ id }) => at(last, id) > index);
  });
  return { offsets, bytes };
}
