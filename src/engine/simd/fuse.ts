import type { AddStep, ConvStep, Net, Step } from './net.ts';
import { at, inputsOf } from './net.ts';

/**
 * Moves each addition into the convolution that makes one of its operands, so that the sum is
 * formed while the pixel is in registers. The operand must have no other reader and no ReLU of its
 * own above zero, and the other operand must exist by then.
 */
export function fuseAdditions<Dense>(
  net: Net,
  dense: ReadonlyMap<Step, Dense>,
): { readonly net: Net; readonly dense: ReadonlyMap<Step, Dense> } {
  const steps: (Step | null)[] = [...net.steps];
  const moved = new Map(dense);
  const readers = countReaders(net);
  net.steps.forEach((step, index) => {
    if (step.kind !== 'add' || step.a === step.b) return;
    const found = findOperand(steps, step, readers);
    if (found === null) return;
    const { position, conv, residual } = found;
    const fused: ConvStep = { ...conv, y: step.y, residual, floor: step.floor };
    steps[position] = fused;
    steps[index] = null;
    const weights = moved.get(conv);
    if (weights !== undefined) moved.set(fused, weights);
    moved.delete(conv);
  });
  const fused = { ...net, steps: steps.filter((step) => step !== null) };
  return renumber(fused, moved);
}

/** Leaves out the activations that nothing writes any more. */
function renumber<Dense>(
  net: Net,
  dense: ReadonlyMap<Step, Dense>,
): { readonly net: Net; readonly dense: ReadonlyMap<Step, Dense> } {
  const written = new Set([0, ...net.steps.flatMap((step) => ('y' in step ? [step.y] : []))]);
  const kept = net.activations.flatMap((_, id) => (written.has(id) ? [id] : []));
  const to = new Map(kept.map((id, index) => [id, index]));
  const id = (old: number): number => to.get(old) ?? 0;
  const moved = new Map<Step, Dense>();
  const steps = net.steps.map((step) => {
    const renamed = renameStep(step, id);
    const weights = dense.get(step);
    if (weights !== undefined) moved.set(renamed, weights);
    return renamed;
  });
  const activations = kept.map((old) => at(net.activations, old));
  const output = net.output === null ? null : id(net.output);
  return { net: { activations, steps, output }, dense: moved };
}

function renameStep(step: Step, id: (old: number) => number): Step {
  if (step.kind === 'add') return { ...step, a: id(step.a), b: id(step.b), y: id(step.y) };
  if (step.kind === 'dense') return { ...step, x: id(step.x) };
  if (step.kind !== 'conv') return { ...step, x: id(step.x), y: id(step.y) };
  const residual = step.residual === null ? null : id(step.residual);
  return { ...step, x: id(step.x), y: id(step.y), residual };
}

function countReaders(net: Net): ReadonlyMap<number, number> {
  const readers = new Map<number, number>();
  const count = (id: number) => readers.set(id, (readers.get(id) ?? 0) + 1);
  for (const step of net.steps) inputsOf(step).forEach(count);
  if (net.output !== null) count(net.output);
  return readers;
}

/** The operand made last: the other one is there before it. */
function findOperand(
  steps: readonly (Step | null)[],
  add: AddStep,
  readers: ReadonlyMap<number, number>,
): { position: number; conv: ConvStep; residual: number } | null {
  for (let position = steps.length - 1; position >= 0; position--) {
    const step = at(steps, position);
    if (step === null || !('y' in step)) continue;
    if (step.y !== add.a && step.y !== add.b) continue;
    const residual = step.y === add.a ? add.b : add.a;
    const free = step.kind === 'conv' && step.residual === null && step.floor === 0;
    return free && readers.get(step.y) === 1 ? { position, conv: step, residual } : null;
  }
  return null;
}
