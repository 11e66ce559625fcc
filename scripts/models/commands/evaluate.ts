import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { defineCommand } from 'citty';
import { cardSchema, type ModelCard } from '../../../src/model/card.ts';
import { labelListSchema } from '../../../src/model/labels.ts';
import { formatFull } from '../evaluate/format-full.ts';
import { evaluateFully, type FullEvaluation } from '../evaluate/full.ts';
import { measuredCard } from '../evaluate/measured-card.ts';
import { plotLayers } from '../evaluate/plots.ts';
import { plotProducts } from '../evaluate/product-chart.ts';
import { productPoints } from '../evaluate/product-points.ts';
import { openCifar } from '../pictures/cifar.ts';
import { openFolder } from '../pictures/folder.ts';
import { JSON_ARGUMENT, parseCount } from './arguments.ts';
import { openSubject, type Subject } from './evaluate-subject.ts';
import { printFailure, printResult, progress } from './outcome.ts';
import { CACHE, fromCaller, LOGITS, writeWhole } from './paths.ts';
import { peakMemory } from './peak-memory.ts';

/** ImageNet's whole validation set. */
const PICTURES_MAX = '50000';

export const evaluate = defineCommand({
  meta: { name: 'evaluate', description: 'An int8 graph against its float32 one, on pictures' },
  args: {
    name: {
      type: 'positional',
      required: true,
      description: 'An embedded model, or one that add made',
    },
    graph: { type: 'string', description: 'Another int8 ONNX file to judge in its place' },
    checkpoint: { type: 'string', description: 'Where its weights are, if not in ../shared' },
    images: { type: 'string', description: 'A folder of pictures with labels.csv' },
    cifar: { type: 'boolean', description: "CIFAR-10's 10,000 test pictures (fetched by npm)" },
    pictures: { type: 'string', description: 'At most this many; the card stays as it is' },
    write: { type: 'boolean', description: '--no-write: leave the card as it is', default: true },
    plots: { type: 'string', description: 'A folder for two charts, as SVG' },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const picturesMax = parseCount(args.pictures ?? PICTURES_MAX);
    if (picturesMax === undefined) {
      return printFailure(args.json, { code: 'bad_argument', pictures: args.pictures }, 2);
    }
    if (args.cifar !== true && args.images === undefined) {
      return printFailure(args.json, { code: 'no_pictures', give: '--images or --cifar' }, 2);
    }
    const [graph, checkpoint] = [args.graph, args.checkpoint].map((path) => {
      return path === undefined ? undefined : fromCaller(path);
    });
    const subject = await openSubject(args.name, graph, checkpoint);
    if (!subject.ok) return printFailure(args.json, subject.failure);
    const { card, cardPath, float, int8 } = subject.value;
    const pictures =
      args.images === undefined
        ? await openCifar('test', card.preprocess, picturesMax, CACHE)
        : await openFolder(fromCaller(args.images), card.preprocess, picturesMax);
    if (!pictures.ok) return printFailure(args.json, pictures.failure);
    const show = {
      float: progress('fp32', pictures.value.size),
      int8: progress('int8', pictures.value.size),
    };
    const evaluation = await evaluateFully(float, int8, pictures.value, {
      cache: LOGITS,
      onPictures: (which, done) => show[which](done),
    });
    // Figures of another graph, or of a part of the pictures, are not the card's.
    const written = args.write && args.graph === undefined && args.pictures === undefined;
    if (written) writeCard(card, cardPath, evaluation, args.images);
    if (args.plots !== undefined) drawPlots(fromCaller(args.plots), subject.value, evaluation);
    const text = formatFull(evaluation, await readLabels(cardPath, card.labels));
    const facts = { ...evaluation, card: written ? cardPath : null, ...peakMemory() };
    printResult(args.json, facts, written ? `${text}\nwritten to ${cardPath}` : text);
  },
});

function writeCard(
  card: ModelCard,
  path: string,
  evaluation: FullEvaluation,
  images: string | undefined,
): void {
  const pictures = images === undefined ? '--cifar' : `--images ${images}`;
  const command = `npm run models -- evaluate ${card.name} ${pictures}`;
  const measured = cardSchema.parse(measuredCard(card, evaluation, command));
  writeWhole(path, `${JSON.stringify(measured, null, 2)}\n`);
}

function drawPlots(folder: string, subject: Subject, evaluation: FullEvaluation): void {
  const { name } = subject.card;
  const title = `${name}: int8 against fp32, layer by layer`;
  writeWhole(join(folder, `${name}-layers.svg`), plotLayers(title, evaluation.layers));
  writeWhole(
    join(folder, `${name}-cost.svg`),
    plotProducts(productPoints(subject.card, subject.float, evaluation)),
  );
}

/** Names make the report readable; without a list, classes have numbers. */
async function readLabels(cardPath: string, list: string): Promise<readonly string[]> {
  const path = join(dirname(cardPath), 'labels', `${list}.json`);
  const text = await readFile(path, 'utf8').catch(() => undefined);
  if (text === undefined) return [];
  const parsed = labelListSchema.safeParse(JSON.parse(text));
  return parsed.success ? parsed.data.labels.map(({ name }) => name) : [];
}
