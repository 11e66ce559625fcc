import type { Layout } from './layout.ts';
import { activationBytes, weightBytes } from './layout.ts';
import type { Net, Step } from './net.ts';
import { at, macsOf, pitchOf } from './net.ts';

/** One step of a plan as a row of a table. */
export interface Explained {
  readonly step: number;
  /** The activation that it writes, as the ONNX file calls it. */
  readonly name: string;
  readonly kind: string;
  /** in > out @ rows x columns */
  readonly shape: string;
  readonly kernel: string;
  readonly macs: number;
  readonly weightBytes: number;
  readonly outputBytes: number;
  readonly address: number;
}

/** The plan of a net: each step, its algorithm, multiply-adds and bytes. */
export function explain(net: Net, layout: Layout): readonly Explained[] {
  return net.steps.map((step, index) => {
    const x = at(net.activations, step.kind === 'add' ? step.a : step.x);
    const y = 'y' in step ? at(net.activations, step.y) : null;
    const size = y === null ? '1x1' : `${y.height}x${y.width}`;
    const couts = y === null && step.kind === 'dense' ? step.classes : y?.channels;
    return {
      step: index,
      name: y?.name ?? 'logits',
      kind: kindOf(step),
      shape: `${x.channels}>${couts} @${size}`,
      kernel: 'kernel' in step ? kernelOf(step) : '',
      macs: macsOf(net, step),
      weightBytes: weightBytes(net, step),
      outputBytes: 'y' in step ? activationBytes(net, step.y) : 0,
      address: 'y' in step ? at(layout.activations, step.y) : layout.scratch,
    };
  });
}

function kindOf(step: Step): string {
  if (step.kind !== 'conv') return step.kind;
  return `${step.algorithm}${step.residual === null ? '' : ' + add'}`;
}

function kernelOf(step: Step & { readonly kernel: readonly [number, number] }): string {
  const stride = 'stride' in step ? `/${step.stride[0]}` : '';
  return `${step.kernel.join('x')}${stride}`;
}

/** Where the memory goes, in bytes. */
export function explainMemory(net: Net, layout: Layout): Readonly<Record<string, number>> {
  const arena = layout.scratch - layout.constantsEnd;
  const sum = net.activations.reduce((bytes, _, id) => bytes + activationBytes(net, id), 0);
  return {
    constants: layout.constantsEnd,
    activations: arena,
    activationsWithoutReuse: sum,
    scratch: layout.bytes - layout.scratch,
    total: layout.bytes,
    inputPitch: pitchOf(net, 0),
  };
}
