import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { sha256 } from '../../../src/digest.ts';
import { cardSchema, type ModelCard } from '../../../src/model/card.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import type { Comparison } from '../evaluate/compare.ts';
import { type Evaluation, evaluateGraphs, formatEvaluation } from '../evaluate/evaluate.ts';
import { openPictures } from '../pictures/open.ts';
import { calibrateAndQuantize, DEFAULT_OPTIONS } from '../quantize/pipeline.ts';
import { RECIPES, type Recipe } from '../recipes.ts';
import { JSON_ARGUMENT } from './arguments.ts';
import { type CheckpointModel, loadFloatModel } from './float-model.ts';
import { printFailure, printResult, progress } from './outcome.ts';
import { fromCaller, MODELS, ROOT, writeWhole } from './paths.ts';

export const embed = defineCommand({
  meta: { name: 'embed', description: 'Make an embedded model anew: graph, measurements, card' },
  args: {
    name: { type: 'positional', required: true, description: 'A model of the models folder' },
    into: { type: 'string', description: 'Folder to write to', default: MODELS },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const recipe = RECIPES.find(({ name }) => name === args.name);
    if (recipe === undefined) {
      const known = RECIPES.map(({ name }) => name);
      return printFailure(args.json, { code: 'unknown_model', name: args.name, known }, 2);
    }
    const { preprocess, style } = recipe;
    const path = join(ROOT, recipe.checkpoint);
    const float = await loadFloatModel(path, { style, size: preprocess.crop });
    if (!float.ok) return printFailure(args.json, float.failure);
    if (float.value.from !== 'checkpoint') {
      return printFailure(args.json, { code: 'not_a_checkpoint', path });
    }
    const calibration = await openPictures(recipe.calibration, preprocess);
    if (!calibration.ok) return printFailure(args.json, calibration.failure);
    const evaluation = await openPictures(recipe.evaluation, preprocess);
    if (!evaluation.ok) return printFailure(args.json, evaluation.failure);

    const show = progress('calibrating', calibration.value.size);
    const { model } = float.value;
    const options = { ...DEFAULT_OPTIONS, method: recipe.method };
    const int8 = await calibrateAndQuantize(model, calibration.value, options, { onPicture: show });
    const file = writeOnnx(int8);
    const measured = await evaluateGraphs(writeOnnx(model), file, evaluation.value);
    const card = await toCard(recipe, float.value, file, calibration.value.name, measured);
    const folder = fromCaller(args.into);
    writeWhole(join(folder, `${recipe.name}.onnx`), file);
    writeWhole(join(folder, `${recipe.name}.json`), `${JSON.stringify(card, null, 2)}\n`);
    printResult(args.json, card, `${formatEvaluation(measured)}\nsha256 ${card.graph}`);
  },
});

async function toCard(
  recipe: Recipe,
  { network, sha256: checkpointDigest }: CheckpointModel,
  file: Uint8Array<ArrayBuffer>,
  calibrationName: string,
  measured: Evaluation,
): Promise<ModelCard> {
  const { depth, variant, style, classes } = network.architecture;
  return cardSchema.parse({
    name: recipe.name,
    graph: await sha256(file),
    bytes: file.length,
    input: { ...recipe.preprocess.crop, layout: 'NCHW' },
    classes,
    preprocess: recipe.preprocess,
    labels: recipe.labels,
    architecture: { family: 'resnet', depth, variant, style },
    source: { ...recipe.source, sha256: checkpointDigest },
    licence: recipe.licence,
    accuracy: accuracyRows(recipe, measured),
    calibration: {
      method: recipe.method,
      images: recipe.calibration.picturesMax,
      dataset: calibrationName,
    },
    cost: [],
    golden: {
      image: readFileSync(join(ROOT, recipe.golden.file)).toString('base64'),
      class_id: recipe.golden.classId,
    },
  });
}

function accuracyRows(recipe: Recipe, { dataset, float, int8 }: Evaluation): object[] {
  const pictures =
    recipe.evaluation.from === 'folder' ? `--images ${recipe.evaluation.path}` : '--cifar';
  const command = `npm run models -- evaluate ${recipe.name} ${pictures}`;
  const row = (precision: 'fp32' | 'int8', { top1, top5, pictures: images }: Comparison) => {
    return { dataset, images, precision, top1: top1 / images, top5: top5 / images };
  };
  return [
    { ...row('fp32', float), command },
    { ...row('int8', int8), agreement: int8.agree / int8.pictures, command },
  ];
}
