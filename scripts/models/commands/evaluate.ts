import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { sha256 } from '../../../src/digest.ts';
import { cardSchema, type ModelCard } from '../../../src/model/card.ts';
import { labelListSchema } from '../../../src/model/labels.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { formatFull } from '../evaluate/format-full.ts';
import { evaluateFully, type FullEvaluation } from '../evaluate/full.ts';
import { measuredCard } from '../evaluate/measured-card.ts';
import { plotLayers } from '../evaluate/plots.ts';
import { scriptOnnxLimits } from '../limits.ts';
import { openCifar } from '../pictures/cifar.ts';
import { openFolder } from '../pictures/folder.ts';
import { RECIPES } from '../recipes.ts';
import { JSON_ARGUMENT, parseCount } from './arguments.ts';
import { loadFloatModel } from './float-model.ts';
import { type CommandFailure, printFailure, printResult, progress } from './outcome.ts';
import { CACHE, fromCaller, LOGITS, MODELS, ROOT, writeWhole } from './paths.ts';
import { peakMemory } from './peak-memory.ts';

export const evaluate = defineCommand({
  meta: { name: 'evaluate', description: 'An int8 graph against its float32 one, on pictures' },
  args: {
    name: { type: 'positional', required: true, description: 'A model of the models folder' },
    graph: { type: 'string', description: 'Another int8 ONNX file to judge in its place' },
    checkpoint: { type: 'string', description: 'Where its weights are, if not in ../shared' },
    images: { type: 'string', description: 'A folder of pictures with labels.csv' },
    cifar: { type: 'boolean', description: "CIFAR-10's 10,000 test pictures (fetched by npm)" },
    pictures: { type: 'string', description: 'At most this many of them', default: '50000' },
    write: { type: 'boolean', description: 'Put what was measured on the card', default: false },
    plots: { type: 'string', description: 'A folder to draw the layers into, as SVG' },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const picturesMax = parseCount(args.pictures);
    if (picturesMax === undefined) {
      return printFailure(args.json, { code: 'bad_argument', pictures: args.pictures }, 2);
    }
    if (args.cifar !== true && args.images === undefined) {
      return printFailure(args.json, { code: 'no_pictures', give: '--images or --cifar' }, 2);
    }
    if (args.write && args.graph !== undefined) {
      return printFailure(args.json, { code: 'not_the_cards_graph', graph: args.graph }, 2);
    }
    const card = await readCard(args.name);
    if (!card.ok) return printFailure(args.json, card.failure, 2);
    const float = await loadFloat(card.value, args.checkpoint);
    if (!float.ok) return printFailure(args.json, float.failure);
    const int8 = await readInt8(card.value, args.graph);
    if (!int8.ok) return printFailure(args.json, int8.failure);
    const pictures =
      args.images === undefined
        ? await openCifar('test', card.value.preprocess, picturesMax, CACHE)
        : await openFolder(fromCaller(args.images), card.value.preprocess, picturesMax);
    if (!pictures.ok) return printFailure(args.json, pictures.failure);
    const show = {
      float: progress('fp32', pictures.value.size),
      int8: progress('int8', pictures.value.size),
    };
    const evaluation = await evaluateFully(float.value.model, int8.value, pictures.value, {
      cache: LOGITS,
      onPictures: (which, done) => show[which](done),
    });
    if (args.write) writeCard(card.value, evaluation, args.images);
    if (args.plots !== undefined) {
      const svg = plotLayers(`${args.name}: int8 against fp32, layer by layer`, evaluation.layers);
      writeWhole(join(fromCaller(args.plots), `${args.name}-layers.svg`), svg);
    }
    const text = formatFull(evaluation, await readLabels(card.value.labels));
    printResult(args.json, { ...evaluation, ...peakMemory() }, text);
  },
});

async function readCard(name: string): Promise<Result<ModelCard, CommandFailure>> {
  const text = await readFile(join(MODELS, `${name}.json`), 'utf8').catch(() => undefined);
  if (text === undefined) {
    const known = RECIPES.map((recipe) => recipe.name);
    return fail({ code: 'unknown_model', name, known });
  }
  const card = cardSchema.safeParse(JSON.parse(text));
  return card.success ? ok(card.data) : fail({ code: 'bad_card', name, why: card.error.message });
}

function loadFloat({ name, preprocess, architecture }: ModelCard, checkpoint: string | undefined) {
  const recipe = RECIPES.find((one) => one.name === name);
  const path = checkpoint ? fromCaller(checkpoint) : join(ROOT, recipe?.checkpoint ?? name);
  return loadFloatModel(path, { style: architecture.style, size: preprocess.crop });
}

async function readInt8({ name, graph }: ModelCard, other: string | undefined) {
  const path = other ? fromCaller(other) : join(MODELS, `${name}.onnx`);
  const file = await readFile(path).catch(() => undefined);
  if (file === undefined) return fail({ code: 'no_graph', path });
  if (other === undefined && (await sha256(new Uint8Array(file))) !== graph) {
    return fail({ code: 'not_the_cards_graph', graph: path });
  }
  return readModel(file, scriptOnnxLimits);
}

function writeCard(card: ModelCard, evaluation: FullEvaluation, images: string | undefined): void {
  const pictures = images === undefined ? '--cifar' : `--images ${images}`;
  const command = `npm run models -- evaluate ${card.name} ${pictures}`;
  const measured = cardSchema.parse(measuredCard(card, evaluation, command));
  writeWhole(join(MODELS, `${card.name}.json`), `${JSON.stringify(measured, null, 2)}\n`);
}

/** Names make the report readable; without a list, classes have numbers. */
async function readLabels(list: string): Promise<readonly string[]> {
  const path = join(MODELS, 'labels', `${list}.json`);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const parsed = labelListSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data.labels.map(({ name }) => name) : [];
}
