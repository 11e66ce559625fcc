import type { OnnxModel, OnnxNode, OnnxTensor } from '../../../src/onnx/graph.ts';
import { tensorNumbers } from '../../../src/onnx/numbers.ts';
import { foldBatchNorm } from '../network/fold.ts';
import { floatsOf, node, tensor } from './tensors.ts';

/** Operators of exported classifiers that say nothing at inference, or something that ours say. */
export const FOLDABLE: ReadonlySet<string> = new Set([
  'BatchNormalization',
  'Dropout',
  'Identity',
  'ReduceMean',
  'Softmax',
]);

export interface Simplified {
  readonly model: OnnxModel;
  /** What was taken out that a reader may want to know of. */
  readonly notes: readonly string[];
}

/**
 * The same function without the operators of FOLDABLE, wherever that can be; those that stay where
 * they are will be refused by their names. A last softmax goes: our graphs end in logits. Every
 * name must be known to be written once.
 */
export function simplify(model: OnnxModel): Simplified {
  const notes: string[] = [];
  let { nodes, outputs, initializers } = model.graph;
  const outputNames = new Set(outputs.map(({ name }) => name));
  const aliases = new Map<string, string>();
  nodes = nodes.filter((one) => {
    const lastSoftmax = isLastSoftmax(one, outputNames);
    if (lastSoftmax) notes.push('a last softmax was taken off: the output is logits');
    if (!lastSoftmax && !saysNothing(one)) return true;
    aliases.set(one.outputs[0] ?? '', one.inputs[0] ?? '');
    return false;
  });
  const resolve = (name: string) => follow(aliases, name);
  nodes = nodes.map((one) => ({ ...one, inputs: one.inputs.map(resolve) }));
  outputs = outputs.map((value) => ({ ...value, name: resolve(value.name) }));
  const constants = new Map(initializers.map((one) => [one.name, one]));
  nodes = nodes.flatMap((one) => meanToPool(one, constants));
  const folded = foldNorms(nodes, constants, new Set(outputs.map(({ name }) => name)));
  nodes = folded.nodes;
  // All of the file's own, twins included: two of one name are for the check to find.
  initializers = [...initializers, ...folded.made];
  return { model: { ...model, graph: { ...model.graph, nodes, outputs, initializers } }, notes };
}

/** Identity, and dropout at inference. Its mask, should anybody read it, is then missing. */
function saysNothing({ op, inputs, outputs }: OnnxNode): boolean {
  if (!inputs[0] || !outputs[0]) return false;
  return op === 'Identity' || (op === 'Dropout' && inputs.length < 3);
}

function isLastSoftmax(
  { op, inputs, outputs, attributes }: OnnxNode,
  graph: ReadonlySet<string>,
): boolean {
  if (op !== 'Softmax' || !inputs[0] || !graph.has(outputs[0] ?? '')) return false;
  const axis = attributes.get('axis');
  return axis === undefined || (axis.type === 'int' && (axis.value === 1 || axis.value === -1));
}

/** A chain is no longer than there are aliases; one that bites its tail ends, and is refused. */
function follow(aliases: ReadonlyMap<string, string>, name: string): string {
  let found = name;
  for (let steps = 0; steps <= aliases.size; steps++) {
    const next = aliases.get(found);
    if (next === undefined) return found;
    found = next;
  }
  return found;
}

/** A mean over height and width is a global average pool. (axes: an attribute before opset 18) */
function meanToPool(
  one: OnnxNode,
  constants: ReadonlyMap<string, OnnxTensor>,
): readonly OnnxNode[] {
  if (one.op !== 'ReduceMean') return [one];
  const written = one.attributes.get('axes');
  const given = constants.get(one.inputs[1] ?? '');
  const axes = written?.type === 'ints' ? written.value : given && [...tensorNumbers(given)];
  const spatial = axes?.map((axis) => (axis < 0 ? axis + 4 : axis)).toSorted((a, b) => a - b);
  if (spatial?.join() !== '2,3') return [one];
  const [x = ''] = one.inputs;
  const [y = ''] = one.outputs;
  const keep = one.attributes.get('keepdims');
  if (keep?.type !== 'int' || keep.value !== 0) return [node('GlobalAveragePool', [x], y)];
  return [
    node('GlobalAveragePool', [x], `${y}:pooled`),
    node('Flatten', [`${y}:pooled`], y, { axis: 1 }),
  ];
}

interface Parts {
  readonly nodes: readonly OnnxNode[];
  readonly made: readonly OnnxTensor[];
}

/** Batch norms into the convolutions before them, where nothing else reads those. */
function foldNorms(
  nodes: readonly OnnxNode[],
  constants: ReadonlyMap<string, OnnxTensor>,
  outputs: ReadonlySet<string>,
): Parts {
  const readers = new Map<string, number>();
  for (const name of nodes.flatMap(({ inputs }) => inputs)) {
    readers.set(name, (readers.get(name) ?? 0) + 1);
  }
  const convolutions = new Map(
    nodes.filter(({ op }) => op === 'Conv').map((one) => [one.outputs[0] ?? '', one]),
  );
  const replaced = new Map<OnnxNode, OnnxNode | undefined>();
  const made: OnnxTensor[] = [];
  for (const norm of nodes) {
    const [x = ''] = norm.inputs;
    const conv = convolutions.get(x);
    if (norm.op !== 'BatchNormalization' || conv === undefined) continue;
    if (readers.get(x) !== 1 || outputs.has(x)) continue;
    const folded = foldNorm(conv, norm, constants);
    if (folded === undefined) continue;
    made.push(...folded.initializers);
    replaced.set(conv, folded.node);
    replaced.set(norm, undefined);
  }
  const kept = nodes.flatMap((one) => (replaced.has(one) ? (replaced.get(one) ?? []) : one));
  return { nodes: kept, made };
}

/** The convolution that does both, with the norm's output; undefined where a number is missing. */
function foldNorm(
  conv: OnnxNode,
  norm: OnnxNode,
  constants: ReadonlyMap<string, OnnxTensor>,
): { readonly node: OnnxNode; readonly initializers: readonly OnnxTensor[] } | undefined {
  const training = norm.attributes.get('training_mode');
  if (training?.type === 'int' && training.value !== 0) return undefined;
  if (norm.outputs.length !== 1) return undefined;
  const [x = '', weightName = '', biasName] = conv.inputs;
  const [y = ''] = norm.outputs;
  const channels = constants.get(weightName)?.dims[0];
  const read = (name: string | undefined) => {
    const found = constants.get(name ?? '');
    return found?.type === 'float32' ? floatsOf(found) : undefined;
  };
  const [weight, scale, shift, mean, variance] = [weightName, ...norm.inputs.slice(1)].map(read);
  if (!weight || !scale || !shift || !mean || !variance || channels === undefined) return undefined;
  if ([scale, shift, mean, variance].some(({ length }) => length !== channels)) return undefined;
  const bias = biasName ? read(biasName) : new Float32Array(channels);
  if (bias?.length !== channels) return undefined;
  const epsilon = norm.attributes.get('epsilon');
  // A bias before the norm only moves the mean.
  const moved = mean.map((value, c) => value - bias[c]!);
  const affine = foldBatchNorm(
    weight,
    { scale, shift, mean: moved, variance },
    epsilon?.type === 'float' ? epsilon.value : undefined,
  );
  const names = [`${y}:weight`, `${y}:bias`] as const;
  return {
    node: { ...conv, inputs: [x, ...names], outputs: [y] },
    initializers: [
      tensor(names[0], constants.get(weightName)!.dims, affine.weight),
      tensor(names[1], [channels], affine.bias),
    ],
  };
}
