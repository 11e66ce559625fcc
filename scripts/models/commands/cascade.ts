import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { cardSchema, type ModelCard } from '../../../src/model/card.ts';
import { CASCADE_STAGES_MAX } from '../../../src/model/limits.ts';
import type { Publication } from '../../../src/model/publish.ts';
import { fail, ok, type Result } from '../../../src/result.ts';
import { type AddedModelFailure, readAdded, readyFolder } from '../add/added-model.ts';
import { type FittedCascade, fitCascade, type StageData } from '../cascade/fit.ts';
import { formatCascade } from '../cascade/format-cascade.ts';
import { plotCascade } from '../cascade/plot-cascade.ts';
import { stageLogits } from '../cascade/stage-logits.ts';
import { layersOf } from '../network/architecture.ts';
import { networkCost } from '../network/cost.ts';
import type { FolderFailure } from '../pictures/folder.ts';
import { JSON_ARGUMENT, parseCount } from './arguments.ts';
import { printFailure, printResult, progress } from './outcome.ts';
import { CACHE, fromCaller, MODELS, writeWhole } from './paths.ts';

export const cascade = defineCommand({
  meta: {
    name: 'cascade',
    description: 'Fits models that are asked in order, and draws accuracy against compute',
  },
  args: {
    name: { type: 'positional', required: true, description: 'The model whose card it is for' },
    stages: { type: 'string', required: true, description: 'Models in order, by commas' },
    images: { type: 'string', required: true, description: 'A folder with labels.csv' },
    pictures: { type: 'string', description: 'At most this many of them', default: '50000' },
    budget: {
      type: 'string',
      description: "Mean compute, a share of the last stage's",
      default: '0.8',
    },
    plot: { type: 'string', description: 'An SVG file to draw the curve into' },
    write: { type: 'boolean', description: 'Put the cascade on the card', default: false },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const picturesMax = parseCount(args.pictures);
    const budget = Number(args.budget);
    if (picturesMax === undefined || !(budget > 0 && budget <= CASCADE_STAGES_MAX)) {
      const { pictures, budget: share } = args;
      return printFailure(args.json, { code: 'bad_argument', pictures, budget: share }, 2);
    }
    const card = readOwn(args.name);
    if (!card.ok) return printFailure(args.json, card.failure, 2);
    const stages = await readStages(args.stages.split(','), card.value.card);
    if (!stages.ok) return printFailure(args.json, stages.failure, 2);
    const data = await runStages(stages.value, fromCaller(args.images), picturesMax);
    if (!data.ok) return printFailure(args.json, data.failure);
    const fitted = fitCascade(data.value.stages, data.value.labels, budget);
    if (fitted === undefined) return printFailure(args.json, { code: 'beyond_budget', budget });
    if (args.plot !== undefined) {
      const title = `${args.name}: ${fitted.stages.map(({ model }) => model).join(', ')}`;
      writeWhole(fromCaller(args.plot), plotCascade(title, fitted));
    }
    if (args.write) writeCard(card.value, fitted);
    printResult(args.json, fitted, formatCascade(fitted));
  },
});

type StagesFailure =
  | AddedModelFailure
  | { readonly code: 'bad_stages'; readonly why: string }
  | { readonly code: 'other_classes'; readonly model: string; readonly labels: string };

interface OwnCard {
  readonly path: string;
  readonly card: ModelCard;
}

function foldersOf(name: string): readonly string[] {
  return [readyFolder(CACHE, name), MODELS];
}

function readOwn(name: string): Result<OwnCard, AddedModelFailure> {
  const looked = foldersOf(name);
  const path = looked.map((folder) => join(folder, `${name}.json`)).find((one) => existsSync(one));
  if (path === undefined) return fail({ code: 'not_made', name, looked });
  const card = cardSchema.safeParse(JSON.parse(readFileSync(path, 'utf8')));
  if (card.success) return ok({ path, card: card.data });
  return fail({ code: 'bad_model_files', path, why: card.error.message });
}

async function readStages(
  names: readonly string[],
  own: ModelCard,
): Promise<Result<readonly Publication[], StagesFailure>> {
  if (names.length < 2 || names.length > CASCADE_STAGES_MAX) {
    const why = `${names.length} of them: 2 to ${CASCADE_STAGES_MAX} names`;
    return fail({ code: 'bad_stages', why });
  }
  const stages: Publication[] = [];
  for (const name of names) {
    const stage = await readAdded(name, foldersOf(name));
    if (!stage.ok) return stage;
    const { labels, classes } = stage.value.card;
    if (labels !== own.labels || classes !== own.classes) {
      return fail({ code: 'other_classes', model: name, labels });
    }
    stages.push(stage.value);
  }
  return ok(stages);
}

interface AllData {
  readonly stages: readonly StageData[];
  readonly labels: readonly number[];
}

async function runStages(
  stages: readonly Publication[],
  images: string,
  picturesMax: number,
): Promise<Result<AllData, FolderFailure | { readonly code: 'too_few_pictures' }>> {
  const data: StageData[] = [];
  let labels: readonly number[] = [];
  for (const { card, graph } of stages) {
    let show: ((done: number) => void) | undefined;
    const onPictures = (done: number, of: number): void => {
      show ??= progress(`stage ${data.length + 1}`, of);
      show(done);
    };
    const run = await stageLogits(card, graph, { images, picturesMax, cache: CACHE, onPictures });
    if (!run.ok) return run;
    labels = run.value.labels;
    data.push({ model: card.name, macs: macsOf(card), logits: run.value.logits });
  }
  return labels.length < 2 ? fail({ code: 'too_few_pictures' }) : ok({ stages: data, labels });
}

function macsOf({ architecture, classes, input }: ModelCard): number {
  return networkCost(layersOf({ ...architecture, classes }), input.height, input.width).macs;
}

function writeCard({ path, card }: OwnCard, { stages }: FittedCascade): void {
  const named = stages.map(({ model, threshold, temperature }) => {
    return { model, threshold, temperature };
  });
  const written = cardSchema.parse({ ...card, cascade: { stages: named } });
  writeWhole(path, `${JSON.stringify(written, null, 2)}\n`);
}
