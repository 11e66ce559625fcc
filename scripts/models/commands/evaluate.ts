import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defineCommand } from 'citty';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { evaluateGraphs, formatEvaluation } from '../evaluate/evaluate.ts';
import { openCifar } from '../pictures/cifar.ts';
import { openFolder } from '../pictures/folder.ts';
import { RECIPES } from '../recipes.ts';
import { JSON_ARGUMENT, parseCount } from './arguments.ts';
import { loadFloatModel } from './float-model.ts';
import { printFailure, printResult, progress } from './outcome.ts';
import { CACHE, fromCaller, MODELS, ROOT } from './paths.ts';

export const evaluate = defineCommand({
  meta: { name: 'evaluate', description: 'An int8 graph against its float32 one, on pictures' },
  args: {
    name: { type: 'positional', required: true, description: 'A model of the models folder' },
    graph: { type: 'string', description: 'Another int8 ONNX file to judge in its place' },
    checkpoint: { type: 'string', description: 'Where its .pth file is, if not in ../shared' },
    images: { type: 'string', description: 'A folder of pictures with labels.csv' },
    cifar: { type: 'boolean', description: "CIFAR-10's 10,000 test pictures (fetched by npm)" },
    pictures: { type: 'string', description: 'At most this many of them', default: '50000' },
    json: JSON_ARGUMENT,
  },
  async run({ args }) {
    const recipe = RECIPES.find(({ name }) => name === args.name);
    const picturesMax = parseCount(args.pictures);
    if (recipe === undefined || picturesMax === undefined) {
      const known = RECIPES.map(({ name }) => name);
      return printFailure(args.json, { code: 'unknown_model', name: args.name, known }, 2);
    }
    if (args.cifar !== true && args.images === undefined) {
      return printFailure(args.json, { code: 'no_pictures', give: '--images or --cifar' }, 2);
    }
    const { preprocess } = recipe;
    const path = args.checkpoint ? fromCaller(args.checkpoint) : join(ROOT, recipe.checkpoint);
    const float = await loadFloatModel(path, { style: recipe.style, size: preprocess.crop });
    if (!float.ok) return printFailure(args.json, float.failure);
    const int8Path = args.graph ? fromCaller(args.graph) : join(MODELS, `${recipe.name}.onnx`);
    const int8 = await readFile(int8Path).catch(() => undefined);
    if (int8 === undefined) return printFailure(args.json, { code: 'no_graph', path: int8Path });
    const pictures =
      args.images === undefined
        ? await openCifar('test', preprocess, picturesMax, CACHE)
        : await openFolder(fromCaller(args.images), preprocess, picturesMax);
    if (!pictures.ok) return printFailure(args.json, pictures.failure);
    const show = {
      float: progress('fp32', pictures.value.size),
      int8: progress('int8', pictures.value.size),
    };
    const graph = writeOnnx(float.value.model);
    const evaluation = await evaluateGraphs(graph, int8, pictures.value, (which, done) => {
      show[which](done);
    });
    printResult(args.json, evaluation, formatEvaluation(evaluation));
  },
});
