import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Publication } from '../../../src/model/publish.ts';
import type { OnnxModel, OnnxTensor } from '../../../src/onnx/graph.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { MODELS } from '../commands/paths.ts';
import { compareLogits } from '../evaluate/compare.ts';
import { runPictures } from '../evaluate/run.ts';
import { openPictureFiles } from '../pictures/files.ts';
import { readAdded } from './added-model.ts';

/** How a graph differs from the embedded one of the same name. */
export interface EmbeddedComparison {
  /** Byte for byte. */
  readonly equal: boolean;
  readonly graph: string;
  readonly embedded: string;
  /** Same nodes and tensors, by name and shape. */
  readonly same_structure: boolean;
  /** Int8 weights, and how many of them are more than one step apart. */
  readonly weights: number;
  readonly weights_apart: number;
  /**
   * Output channels, and how many scales are more than 0.1 % apart. A channel's scale is searched
   * in steps of 1 %: where two are as good, rounding of the weights decides, and its weights
   * follow.
   */
  readonly channels: number;
  readonly channels_apart: number;
  readonly channel_scale_most: number;
  /** Largest relative difference of an activation's scale: ranges follow the calibration. */
  readonly activation_scale_most: number;
  /** Over the bundled photographs. */
  readonly pictures: number;
  readonly same_class: number;
  readonly logits_snr_db: number | null;
}

/** Undefined: there is no embedded model of that name. */
export async function compareEmbedded(
  { card, graph }: Publication,
  folder: string = MODELS,
): Promise<EmbeddedComparison | undefined> {
  const embedded = await readAdded(card.name, [folder]);
  if (!embedded.ok) return undefined;
  const [a, b] = [readModel(graph), readModel(embedded.value.graph)];
  if (!a.ok || !b.ok) throw new TypeError('compare: a graph of ours cannot be read');
  const tensors = compareTensors(a.value, b.value);
  const samples = join(MODELS, 'samples');
  const files = readdirSync(samples).filter((file) => /\.(jpg|png)$/.test(file));
  const paths = files.map((file) => join(samples, file));
  const pictures = await openPictureFiles('samples', paths, card.preprocess);
  if (!pictures.ok) throw new Error(`compare: ${JSON.stringify(pictures.failure)}`);
  const logits = await runPictures(graph, pictures.value);
  const reference = await runPictures(embedded.value.graph, pictures.value);
  const { agree, snrDb } = compareLogits(logits, reference, pictures.value);
  return {
    equal: card.graph === embedded.value.card.graph,
    graph: card.graph,
    embedded: embedded.value.card.graph,
    ...tensors,
    pictures: files.length,
    same_class: agree,
    logits_snr_db: Number.isFinite(snrDb) ? snrDb : null,
  };
}

export function describeComparison(comparison: EmbeddedComparison): string {
  if (comparison.equal) return 'the embedded graph, byte for byte';
  const { same_structure, weights, weights_apart, channels, channels_apart } = comparison;
  const percent = (share: number): string => `${(100 * share).toFixed(2)} %`;
  const tensors = same_structure
    ? `${percent(1 - weights_apart / weights)} of weights within one step, ` +
      `${percent(1 - channels_apart / channels)} of their scales within 0.1 %`
    : 'other nodes or tensors';
  const { same_class, pictures, logits_snr_db } = comparison;
  const answers = `${same_class} of ${pictures} sample pictures alike`;
  const snr = logits_snr_db === null ? '' : `, logits ${logits_snr_db.toFixed(1)} dB`;
  return `not the embedded graph: ${tensors}; ${answers}${snr}`;
}

type Differences = Pick<
  EmbeddedComparison,
  | 'same_structure'
  | 'weights'
  | 'weights_apart'
  | 'channels'
  | 'channels_apart'
  | 'channel_scale_most'
  | 'activation_scale_most'
>;

const SCALE_TOLERANCE = 1e-3;

export function compareTensors(a: OnnxModel, b: OnnxModel): Differences {
  const others = new Map(b.graph.initializers.map((tensor) => [tensor.name, tensor]));
  let same = shapeOf(a) === shapeOf(b) && a.graph.initializers.length === others.size;
  // A bias's scale is its weights' times an activation's, and says nothing of its own.
  const scales = new Set(a.graph.initializers.filter(isWeight).map(scaleOf));
  const steps: number[] = [];
  const channels: number[] = [];
  const activations: number[] = [];
  let weights = 0;
  for (const tensor of a.graph.initializers) {
    const other = others.get(tensor.name);
    if (other === undefined || other.type !== tensor.type || !sameShape(tensor, other)) {
      same = false;
    } else if (isWeight(tensor)) {
      const apart = differences(tensor, other, (x, y) => Math.abs(x - y));
      weights += apart.length;
      for (const step of apart) if (step > 1) steps.push(step);
    } else if (tensor.type === 'float32') {
      const apart = differences(tensor, other, relative);
      if (scales.has(tensor.name)) channels.push(...apart);
      else if (tensor.dims.length === 0) activations.push(...apart);
    }
  }
  return {
    same_structure: same,
    weights,
    weights_apart: steps.length,
    channels: channels.length,
    channels_apart: channels.filter((difference) => difference > SCALE_TOLERANCE).length,
    channel_scale_most: Math.max(0, ...channels),
    activation_scale_most: Math.max(0, ...activations),
  };
}

function isWeight({ name, type }: OnnxTensor): boolean {
  return type === 'int8' && name.endsWith('.q');
}

/** `stem.weight.q` has its scales in `stem.weight.scale`. */
function scaleOf({ name }: OnnxTensor): string {
  return name.replace(/\.q$/, '.scale');
}

function shapeOf({ graph }: OnnxModel): string {
  return JSON.stringify(graph.nodes.map(({ op, inputs, outputs }) => [op, inputs, outputs]));
}

function sameShape(a: OnnxTensor, b: OnnxTensor): boolean {
  return JSON.stringify(a.dims) === JSON.stringify(b.dims);
}

function differences(
  a: OnnxTensor,
  b: OnnxTensor,
  measure: (a: number, b: number) => number,
): number[] {
  const right = elementsOf(b);
  return Array.from(elementsOf(a), (value, i) => measure(value, right[i]!));
}

/** A copy, since a view into a file need not be aligned. */
function elementsOf({ raw, type }: OnnxTensor): Int8Array | Float32Array {
  const { buffer } = raw.slice();
  return type === 'int8' ? new Int8Array(buffer) : new Float32Array(buffer);
}

function relative(a: number, b: number): number {
  return a === b ? 0 : Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b));
}
