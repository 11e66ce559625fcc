import { createHash } from 'node:crypto';
import { createReadStream, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Digest, sha256 } from '../../../src/digest.ts';
import type { ModelCard } from '../../../src/model/card.ts';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import {
  type FloatModel,
  type FloatModelFailure,
  loadFloatModel,
} from '../commands/float-model.ts';
import { scriptOnnxLimits } from '../limits.ts';
import { CONVERTING, codeDigest } from './code-digest.ts';
import type { Products } from './products.ts';
import type { OptionNeeded, Specification } from './specification.ts';

export interface FloatFacts {
  /** Of the weights, as the card names their source. */
  readonly weights: string;
  /** Of the float32 ONNX file. */
  readonly graph: Digest;
  readonly classes: number;
  readonly size: { readonly height: number; readonly width: number };
  readonly architecture: ModelCard['architecture'];
  /** The weights' own class names, where they have them. */
  readonly names?: readonly string[];
  /** Batch norm's, of each convolution; an ONNX file has none. */
  readonly statistics?: readonly LayerStatistics[];
}

type LayerStatistics = readonly [
  layer: string,
  mean: readonly number[],
  deviation: readonly number[],
];

export interface FloatStage {
  readonly facts: FloatFacts;
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly model: OnnxModel;
  readonly cached: boolean;
}

export type FloatStageFailure =
  | FloatModelFailure
  | OptionNeeded
  /** These weights are another network than the entry of that name. */
  | { readonly code: 'not_this_model'; readonly name: string; readonly saw: string };

/** Weights to a float32 graph, or that graph as an earlier run kept it. */
export async function toFloat(
  products: Products,
  path: string,
  specification: Specification,
): Promise<Result<FloatStage, FloatStageFailure>> {
  const { style, preprocess } = specification;
  const inputs = [await identityOf(path), style, preprocess.crop, codeDigest(CONVERTING)];
  const known = products.find<FloatFacts>('float', inputs);
  const kept = known === undefined ? undefined : readModel(known.bytes, scriptOnnxLimits);
  if (known !== undefined && kept?.ok === true) {
    const { bytes, facts } = known;
    return ok({ facts, bytes, model: kept.value, cached: true });
  }
  const loaded = await loadFloatModel(path, { style, size: preprocess.crop });
  if (!loaded.ok) return loaded.failure.code === 'style_needed' ? styleNeeded() : loaded;
  const architecture = architectureOf(loaded.value, specification);
  if (!architecture.ok) return architecture;
  const { model, classes, size, labels, sha256: weights } = loaded.value;
  const bytes = writeOnnx(model);
  const names = labels === undefined ? {} : { names: labels };
  const graph = await sha256(bytes);
  const statistics = statisticsOf(loaded.value);
  const found = { weights, graph, classes, size, architecture: architecture.value };
  const facts = { ...found, ...names, ...statistics };
  products.keep('float', inputs, { bytes, facts });
  return ok({ facts, bytes, model, cached: false });
}

function statisticsOf(float: FloatModel): Pick<FloatFacts, 'statistics'> {
  if (float.from === 'graph') return {};
  const statistics = [...float.network.statistics].map(
    ([layer, { mean, deviation }]) => [layer, [...mean], [...deviation]] as const,
  );
  return { statistics };
}

function styleNeeded(): { readonly ok: false; readonly failure: OptionNeeded } {
  const why = "a bottleneck's stride sits on its 3x3 (pytorch) or its first 1x1 (caffe)";
  return fail({ code: 'option_needed', option: '--style', why });
}

/** What the weights tell, held against the entry under whose name they are to stand. */
function architectureOf(
  float: FloatModel,
  { name, entry }: Specification,
): Result<ModelCard['architecture'], FloatStageFailure> {
  if (float.from === 'graph') {
    if (entry !== undefined && entry.classes === float.classes) return ok(entry.architecture);
    const saw = `an ONNX graph of ${float.classes} classes, which does not say what network it is`;
    return fail({ code: 'not_this_model', name, saw });
  }
  const { depth, variant, style, classes } = float.network.architecture;
  const expected = entry?.architecture;
  const same = expected === undefined || (expected.depth === depth && expected.variant === variant);
  if (same && (entry === undefined || entry.classes === classes)) {
    return ok({ family: 'resnet', depth, variant, style });
  }
  const saw = `ResNet-${depth} ${variant}, ${classes} classes`;
  return fail({ code: 'not_this_model', name, saw });
}

/** Content of a file; names, sizes and times of a folder's files, which a package never changes. */
async function identityOf(path: string): Promise<unknown> {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return folderIdentity(path);
  if (found === undefined) return path;
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export function folderIdentity(path: string): unknown {
  return readdirSync(path)
    .toSorted()
    .map((file) => {
      const { size, mtimeMs } = statSync(join(path, file));
      return [file, size, mtimeMs];
    });
}
