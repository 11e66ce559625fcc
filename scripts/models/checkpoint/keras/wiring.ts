import { fail, ok, type Result } from '../../../../src/result.ts';
import type { KerasFailure } from './failure.ts';
import type { KerasLayer } from './model-json.ts';
import { kerasUnit } from './unit.ts';

/**
 * Checks that each layer reads what it reads in a ResNet: names and shapes alone would let a
 * network without shortcuts pass. Every value gets a name that says how it is made, as
 * `relu(layer1.0.add)`, and each convolution, addition and the classifier expects one. Layers come
 * after those that they read. The layers' own settings are checked already.
 */
export function checkWiring(layers: readonly KerasLayer[]): Result<undefined, KerasFailure> {
  const blocks = blocksOf(layers);
  const values = new Map<string, string>();
  let classifiers = 0;
  for (const layer of layers) {
    const inputs = layer.inputs.map((from) => values.get(from) ?? `${from}, which comes later`);
    // A description twice as long a layer would outgrow any memory after some dozens.
    if (layer.type !== 'Add' && inputs.length > 1) {
      const reason = `it reads ${inputs.length} values, not one`;
      return fail({ code: 'unsupported_layer', layer: layer.name, reason });
    }
    const expected = expectedInputs(layer, inputs, blocks);
    const reads = inputs.toSorted().join(' and ');
    if (expected !== undefined && reads !== expected.toSorted().join(' and ')) {
      const reason = `it reads ${reads || 'nothing'}, not ${expected.join(' and ')}`;
      return fail({ code: 'unsupported_layer', layer: layer.name, reason });
    }
    values.set(layer.name, describeOutput(layer, inputs));
    if (layer.type === 'Dense') classifiers++;
  }
  if (classifiers === 1) return ok(undefined);
  const reason = `the model has ${classifiers} of them`;
  return fail({ code: 'unsupported_layer', layer: 'Dense', reason });
}

interface Blocks {
  /** In computing order: `layer1.0`, `layer1.1`, … */
  readonly names: readonly string[];
  readonly projected: ReadonlySet<string>;
}

function blocksOf(layers: readonly KerasLayer[]): Blocks {
  const names: string[] = [];
  const projected = new Set<string>();
  for (const { type, name } of layers) {
    const unit = type === 'Conv2D' ? kerasUnit(name)?.unit : undefined;
    if (unit === undefined || unit === 'stem') continue;
    const block = unit.slice(0, unit.lastIndexOf('.'));
    if (!names.includes(block)) names.push(block);
    if (unit.endsWith('.downsample')) projected.add(block);
  }
  return { names, projected };
}

const STEM = 'pool(relu(stem.norm) padded by 1)';

/** What a block reads: the pooled stem, or the block before it. */
function blockInput(block: string, { names }: Blocks): string {
  const at = names.indexOf(block);
  return at === 0 ? STEM : `relu(${names[at - 1]}.add)`;
}

/** Undefined for layers that may read anything: their value's name tells what they read. */
function expectedInputs(
  layer: KerasLayer,
  inputs: readonly string[],
  blocks: Blocks,
): readonly string[] | undefined {
  switch (layer.type) {
    case 'Conv2D':
      return [convInput(kerasUnit(layer.name)?.unit ?? '', blocks)];
    case 'BatchNormalization':
      return [`${kerasUnit(layer.name)?.unit}.sum`];
    case 'Add': {
      const block = addedBlock(inputs);
      const shortcut = blocks.projected.has(block)
        ? `${block}.downsample.norm`
        : blockInput(block, blocks);
      return [`${block}.conv3.norm`, shortcut];
    }
    case 'Dense':
      return [`mean(relu(${blocks.names.at(-1)}.add))`];
    case 'InputLayer':
      return [];
    default:
      return undefined;
  }
}

function convInput(unit: string, blocks: Blocks): string {
  if (unit === 'stem') return 'input padded by 3';
  const block = unit.slice(0, unit.lastIndexOf('.'));
  if (unit.endsWith('.conv2')) return `relu(${block}.conv1.norm)`;
  if (unit.endsWith('.conv3')) return `relu(${block}.conv2.norm)`;
  return blockInput(block, blocks);
}

/** An addition has no telling name: it belongs to the block whose last convolution it reads. */
function addedBlock(inputs: readonly string[]): string {
  const branch = inputs.find((input) => input.endsWith('.conv3.norm')) ?? '';
  return branch.slice(0, -'.conv3.norm'.length);
}

function describeOutput(layer: KerasLayer, inputs: readonly string[]): string {
  const input = inputs.join(' and ');
  switch (layer.type) {
    case 'InputLayer':
      return 'input';
    case 'ZeroPadding2D':
      return `${input} padded by ${[layer.config.padding].flat(2)[0]}`;
    case 'Conv2D':
      return `${kerasUnit(layer.name)?.unit}.sum`;
    case 'BatchNormalization':
      return `${kerasUnit(layer.name)?.unit}.norm`;
    case 'Activation':
      return `relu(${input})`;
    case 'MaxPooling2D':
      return `pool(${input})`;
    case 'Add':
      return `${addedBlock(inputs)}.add`;
    case 'GlobalAveragePooling2D':
      return `mean(${input})`;
    default:
      return layer.name;
  }
}
