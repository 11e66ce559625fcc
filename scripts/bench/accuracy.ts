// `npm run bench:accuracy`: what int8 costs in accuracy, for each model whose weights are here and
// for each way of choosing ranges. Time is CPU time, all threads, of one picture at a time by
// onnxruntime-node; our own engine's is `npm run bench:engine`.
import { join } from 'node:path';
import { defineCommand, runMain } from 'citty';
import { buildKernels } from '../build.ts';
import { METHODS } from '../models/calibrate/range.ts';
import { parseCount } from '../models/commands/arguments.ts';
import { printFailure, printResult } from '../models/commands/outcome.ts';
import { fromCaller, writeWhole } from '../models/commands/paths.ts';
import { peakMemory } from '../models/commands/peak-memory.ts';
import { plotCost, plotLayers } from '../models/evaluate/plots.ts';
import { DATA_FREE } from '../models/quantize/make-int8.ts';
import { RECIPES } from '../models/recipes.ts';
import { textTable } from '../text-table.ts';
import { brokenBounds } from './accuracy/bounds.ts';
import { type AccuracyRow, EMBEDDED, measureRecipe } from './accuracy/measure.ts';
import { provenance } from './machine.ts';

const GRAPHS: readonly string[] = [EMBEDDED, ...METHODS, DATA_FREE, `${DATA_FREE}-equalized`];

const bench = defineCommand({
  meta: { name: 'bench:accuracy', description: 'fp32 against int8, for each calibrator' },
  args: {
    model: { type: 'string', description: 'One model alone' },
    method: { type: 'string', description: `Some alone, by comma: ${GRAPHS.join(', ')}` },
    pictures: { type: 'string', description: 'At most this many to judge on' },
    check: { type: 'boolean', description: 'Fail where an accepted bound is broken' },
    plots: { type: 'string', description: 'A folder to draw into, as SVG' },
    json: { type: 'boolean', description: 'One JSON line', default: false },
  },
  async run({ args }) {
    const picturesMax = args.pictures === undefined ? undefined : parseCount(args.pictures);
    const graphs = args.method?.split(',') ?? GRAPHS;
    const unknown = graphs.find((name) => !GRAPHS.includes(name));
    const recipes = RECIPES.filter(({ name }) => args.model === undefined || name === args.model);
    if (unknown !== undefined || recipes.length === 0) {
      const known = { models: RECIPES.map(({ name }) => name), methods: GRAPHS };
      return printFailure(args.json, { code: 'bad_argument', ...known }, 2);
    }
    if (args.pictures !== undefined && (picturesMax === undefined || args.check)) {
      const reason = 'a number, and bounds are checked on all pictures';
      return printFailure(args.json, { code: 'bad_argument', option: '--pictures', reason }, 2);
    }
    const rows: AccuracyRow[] = [];
    for (const recipe of recipes) {
      const measured = await measureRecipe(recipe, graphs, picturesMax);
      if (measured.ok) rows.push(...measured.value);
      else console.error(`${recipe.name} is left out: ${JSON.stringify(measured.failure)}`);
    }
    if (args.plots !== undefined) draw(fromCaller(args.plots), rows);
    const broken = brokenBounds(rows);
    const result = { ...provenance(), ...peakMemory(), broken, rows };
    printResult(args.json, result, `${toTable(rows)}\n${memoryLine()}`);
    if (args.check !== true) return undefined;
    if (rows.length === 0) return printFailure(args.json, { code: 'nothing_measured' });
    if (broken.length > 0) return printFailure(args.json, { code: 'bounds_broken', broken });
    return undefined;
  },
});

function toTable(rows: readonly AccuracyRow[]): string {
  const percent = (count: number, of: number) => ((100 * count) / of).toFixed(2);
  return textTable(
    ['model', 'graph', 'pictures', 'right', 'top-1 %', 'top-5 %', 'same %', 'SQNR dB'].concat(
      'KL nats',
      'noisiest layer',
      'dB',
      'CPU ms',
    ),
    rows.map(({ model, graph, comparison, noisiest, cpuMs }) => {
      const { pictures, top1, top5, agree, snrDb, divergence } = comparison;
      return [model, graph, String(pictures), String(top1)]
        .concat(percent(top1, pictures), percent(top5, pictures), percent(agree, pictures))
        .concat(Number.isFinite(snrDb) ? snrDb.toFixed(1) : '-', divergence.toFixed(4))
        .concat(noisiest?.layer ?? '-', noisiest?.sqnrDb.toFixed(1) ?? '-', cpuMs.toFixed(1));
    }),
  );
}

function memoryLine(): string {
  return `peak memory ${Math.round(peakMemory().peak_memory_bytes / 2 ** 20)} MiB`;
}

function draw(folder: string, rows: readonly AccuracyRow[]): void {
  for (const model of new Set(rows.map((row) => row.model))) {
    const own = rows.filter((row) => row.model === model);
    const points = own.map(({ graph, comparison, cpuMs }) => {
      const top1Percent = (100 * comparison.top1) / comparison.pictures;
      const precision = graph === 'fp32' ? ('fp32' as const) : ('int8' as const);
      return { name: graph, precision, ms: cpuMs, top1Percent };
    });
    writeWhole(join(folder, `${model}-cost.svg`), plotCost(`${model}: accuracy and cost`, points));
    for (const { graph, layers } of own) {
      if (layers.length === 0) continue;
      const svg = plotLayers(`${model}, ${graph}: int8 against fp32`, layers);
      writeWhole(join(folder, `${model}-${graph}-layers.svg`), svg);
    }
  }
}

// The image path's decoders are compiled from source.
await buildKernels();
await runMain(bench);
