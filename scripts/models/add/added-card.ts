import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cardSchema, type ModelCard } from '../../../src/model/card.ts';
import type { LabelList } from '../../../src/model/labels.ts';
import { ROOT } from '../commands/paths.ts';
import type { Comparison } from '../evaluate/compare.ts';
import { argMax } from '../evaluate/compare.ts';
import type { Evaluation } from '../evaluate/evaluate.ts';
import { runPictures } from '../evaluate/run.ts';
import { openPictureFiles } from '../pictures/files.ts';
import type { FloatStage } from './float-stage.ts';
import type { Int8Stage } from './int8-stage.ts';
import type { Specification } from './specification.ts';

const GOLDEN = 'models/samples/golden-espresso.jpg';

export interface CardParts {
  readonly specification: Specification;
  readonly labels: LabelList;
  readonly float: FloatStage;
  readonly int8: Int8Stage;
  readonly evaluation: Evaluation | undefined;
}

/** The card of a model that was just made. */
export async function toCard(parts: CardParts): Promise<ModelCard> {
  const { specification, labels, float, int8, evaluation } = parts;
  const { name, preprocess, licence, source } = specification;
  return cardSchema.parse({
    name,
    graph: int8.facts.graph,
    bytes: int8.bytes.length,
    input: { ...float.facts.size, layout: 'NCHW' },
    classes: float.facts.classes,
    preprocess,
    labels: labels.name,
    architecture: float.facts.architecture,
    source: { ...source, sha256: float.facts.weights },
    licence,
    accuracy: evaluation === undefined ? [] : accuracyRows(name, evaluation),
    calibration: int8.facts.calibration,
    cost: [],
    golden: await goldenOf(int8, specification),
  });
}

/**
 * A picture and the class that ONNX Runtime computes for it: an engine that agrees has the whole
 * graph right, whatever the picture shows and whatever the classes are.
 */
async function goldenOf(
  { bytes }: Int8Stage,
  { preprocess }: Specification,
): Promise<ModelCard['golden']> {
  const path = join(ROOT, GOLDEN);
  const pictures = await openPictureFiles('golden', [path], preprocess);
  if (!pictures.ok) throw new Error(`${GOLDEN}: ${JSON.stringify(pictures.failure)}`);
  const [logits] = await runPictures(bytes, pictures.value);
  return { image: readFileSync(path).toString('base64'), class_id: argMax(logits!) };
}

function accuracyRows(name: string, { dataset, float, int8 }: Evaluation): object[] {
  const command = `npm run models -- add ${name} --images <${dataset}>`;
  const row = (precision: 'fp32' | 'int8', { top1, top5, pictures: images }: Comparison) => {
    return { dataset, images, precision, top1: top1 / images, top5: top5 / images };
  };
  return [
    { ...row('fp32', float), command },
    { ...row('int8', int8), agreement: int8.agree / int8.pictures, command },
  ];
}
