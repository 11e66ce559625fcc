// `npm run bench:calibrators [-- --model <name>] [--json]`: which way of choosing ranges is best,
// judged on the calibration pictures alone: each half calibrates, the other half is asked whether
// int8 names float32's class. No picture that accuracy is reported on takes part.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { writeOnnx } from '../../src/onnx/write.ts';
import { buildKernels } from '../build.ts';
import { METHODS } from '../models/calibrate/range.ts';
import { type CheckpointModel, loadFloatModel } from '../models/commands/float-model.ts';
import { LOGITS, OBSERVATIONS, ROOT } from '../models/commands/paths.ts';
import { compareLogits } from '../models/evaluate/compare.ts';
import { cachedLogits } from '../models/evaluate/reference.ts';
import { runPictures } from '../models/evaluate/run.ts';
import { openPictures } from '../models/pictures/open.ts';
import type { PictureSet } from '../models/pictures/picture-set.ts';
import { DATA_FREE, type Int8Choice, makeInt8 } from '../models/quantize/make-int8.ts';
import { DEFAULT_OPTIONS } from '../models/quantize/pipeline.ts';
import { RECIPES, type Recipe } from '../models/recipes.ts';
import { textTable } from '../text-table.ts';
import { provenance } from './machine.ts';

interface Row {
  readonly model: string;
  readonly method: string;
  readonly pictures: number;
  readonly agree: number;
  /** Mean divergence of the probabilities, in nats. */
  readonly divergence: number;
}

const { values } = parseArgs({
  options: { model: { type: 'string' }, json: { type: 'boolean' } },
});
const recipes = RECIPES.filter(({ name }) => values.model === undefined || values.model === name);
if (recipes.length === 0) {
  console.error(`--model is one of ${RECIPES.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
// The image path's decoders are compiled from source.
await buildKernels();
const rows: Row[] = [];
for (const recipe of recipes) rows.push(...(await compareMethods(recipe)));
if (values.json === true) console.log(JSON.stringify({ ...provenance(), rows }));
else console.log(toTable(rows));
process.exitCode = rows.length === 0 ? 1 : 0;

async function compareMethods(recipe: Recipe): Promise<readonly Row[]> {
  const { name, style, preprocess } = recipe;
  const float = await loadFloatModel(join(ROOT, recipe.checkpoint), {
    style,
    size: preprocess.crop,
  });
  const opened = await openPictures(recipe.calibration, preprocess);
  if (!float.ok || !opened.ok) {
    console.error(`${name} is left out: its weights or pictures are not here`);
    return [];
  }
  const halves = [0, 1].map((parity) => everyOther(opened.value, parity));
  const model = float.value as CheckpointModel;
  const file = writeOnnx(model.model);
  const logits = await Promise.all(halves.map((half) => cachedLogits(LOGITS, file, half)));
  const found: Row[] = [];
  for (const method of [...METHODS, DATA_FREE] as const) {
    const choice: Int8Choice = { ...DEFAULT_OPTIONS, method, equalize: false };
    const sums = { agree: 0, divergence: 0 };
    for (const [k, judged] of halves.entries()) {
      const pictures = halves[1 - k]!;
      const { statistics } = model.network;
      const source = { model: model.model, statistics, preprocess, pictures };
      const int8 = await makeInt8(source, choice, { cache: OBSERVATIONS });
      if (!int8.ok) throw new Error(JSON.stringify(int8.failure));
      const answers = await runPictures(writeOnnx(int8.value), judged);
      const { agree, divergence } = compareLogits(answers, logits[k]!, judged);
      sums.agree += agree;
      sums.divergence += divergence / halves.length;
    }
    found.push({ model: name, method, pictures: opened.value.size, ...sums });
  }
  return found;
}

function everyOther(pictures: PictureSet, parity: number): PictureSet {
  return {
    name: `${pictures.name}, half ${parity + 1}`,
    size: Math.floor((pictures.size + 1 - parity) / 2),
    tensor: (index) => pictures.tensor(2 * index + parity),
    label: (index) => pictures.label(2 * index + parity),
  };
}

function toTable(found: readonly Row[]): string {
  return textTable(
    ['model', 'method', 'pictures', 'same class', '%', 'KL nats'],
    found.map(({ model, method, pictures, agree, divergence }) => [
      model,
      method,
      String(pictures),
      String(agree),
      ((100 * agree) / pictures).toFixed(2),
      divergence.toFixed(4),
    ]),
  );
}
