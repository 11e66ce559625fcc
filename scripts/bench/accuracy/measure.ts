import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as ort from 'onnxruntime-node';
import type { OnnxModel } from '../../../src/onnx/graph.ts';
import { readModel } from '../../../src/onnx/read.ts';
import { writeOnnx } from '../../../src/onnx/write.ts';
import { ok, type Result } from '../../../src/result.ts';
import type { Method } from '../../models/calibrate/range.ts';
import { type CheckpointModel, loadFloatModel } from '../../models/commands/float-model.ts';
import { type CommandFailure, progress } from '../../models/commands/outcome.ts';
import { LOGITS, MODELS, OBSERVATIONS, ROOT } from '../../models/commands/paths.ts';
import { type Comparison, compareLogits } from '../../models/evaluate/compare.ts';
import { type LayerNoise, measureLayers } from '../../models/evaluate/layer-noise.ts';
import { cachedLogits } from '../../models/evaluate/reference.ts';
import { openSession } from '../../models/evaluate/session.ts';
import { openPictures } from '../../models/pictures/open.ts';
import type { PictureSet } from '../../models/pictures/picture-set.ts';
import { type DATA_FREE, type Int8Choice, makeInt8 } from '../../models/quantize/make-int8.ts';
import { DEFAULT_OPTIONS } from '../../models/quantize/pipeline.ts';
import type { Recipe } from '../../models/recipes.ts';
import { medianOf } from '../statistics.ts';

/** The graph that lies in the models folder, as it is served. */
export const EMBEDDED = 'embedded';

export interface AccuracyRow {
  readonly model: string;
  /** `fp32`, `embedded`, or how the ranges were chosen. */
  readonly graph: string;
  readonly comparison: Comparison;
  readonly noisiest: LayerNoise | undefined;
  readonly layers: readonly LayerNoise[];
  /** Of one picture: all threads, median. */
  readonly cpuMs: number;
}

/** fp32 first, then each graph that was asked for. */
export async function measureRecipe(
  recipe: Recipe,
  graphs: readonly string[],
  picturesMax: number | undefined,
): Promise<Result<readonly AccuracyRow[], CommandFailure>> {
  const { preprocess, style } = recipe;
  const loaded = await loadFloatModel(join(ROOT, recipe.checkpoint), {
    style,
    size: preprocess.crop,
  });
  if (!loaded.ok) return loaded;
  const float = loaded.value as CheckpointModel;
  const limit = picturesMax ?? recipe.evaluation.picturesMax;
  const judged = await openPictures({ ...recipe.evaluation, picturesMax: limit }, preprocess);
  if (!judged.ok) return judged;
  const calibration = await openPictures(recipe.calibration, preprocess);
  if (!calibration.ok) return calibration;
  const pictures = judged.value;
  const file = writeOnnx(float.model);
  const show = (graph: string) => progress(`${recipe.name} ${graph}`, pictures.size);
  const reference = await cachedLogits(LOGITS, file, pictures, show('fp32'));
  const rows: AccuracyRow[] = [
    {
      model: recipe.name,
      graph: 'fp32',
      comparison: compareLogits(reference, reference, pictures),
      noisiest: undefined,
      layers: [],
      cpuMs: await cpuMsOf(file, pictures),
    },
  ];
  for (const graph of graphs) {
    const int8 = await int8Of(recipe, float, graph, calibration.value);
    if (!int8.ok) return int8;
    const int8File = writeOnnx(int8.value);
    const logits = await cachedLogits(LOGITS, int8File, pictures, show(graph));
    const layers = await measureLayers(float.model, int8.value, pictures);
    rows.push({
      model: recipe.name,
      graph,
      comparison: compareLogits(logits, reference, pictures),
      noisiest: layers.reduce((a, b) => (b.sqnrDb < a.sqnrDb ? b : a)),
      layers,
      cpuMs: await cpuMsOf(int8File, pictures),
    });
  }
  return ok(rows);
}

async function int8Of(
  { name, preprocess }: Recipe,
  { model, network }: CheckpointModel,
  graph: string,
  pictures: PictureSet,
): Promise<Result<OnnxModel, CommandFailure>> {
  if (graph === EMBEDDED) return readModel(readFileSync(join(MODELS, `${name}.onnx`)));
  const equalize = graph.endsWith('-equalized');
  const method = graph.replace(/-equalized$/, '') as Method | typeof DATA_FREE;
  const choice: Int8Choice = { ...DEFAULT_OPTIONS, method, equalize };
  const { statistics } = network;
  const onPicture = progress(`${name} ${graph}: calibrating`, pictures.size);
  const source = { model, statistics, preprocess, pictures };
  return makeInt8(source, choice, { onPicture, cache: OBSERVATIONS });
}

const WARM_UPS = 2;
const RUNS = 9;

async function cpuMsOf(graph: Uint8Array, pictures: PictureSet): Promise<number> {
  const session = await openSession(graph);
  const [name = ''] = session.inputNames;
  const facts = session.inputMetadata[0];
  if (facts?.isTensor !== true) throw new TypeError('accuracy: the input is no tensor');
  const dims = facts.shape.map((size) => (typeof size === 'number' ? size : 1));
  const tensor = new ort.Tensor('float32', await pictures.tensor(0), dims);
  const times: number[] = [];
  for (let i = 0; i < WARM_UPS + RUNS; i++) {
    const before = process.cpuUsage();
    await session.run({ [name]: tensor });
    const { user, system } = process.cpuUsage(before);
    if (i >= WARM_UPS) times.push((user + system) / 1000);
  }
  await session.release();
  return medianOf(times);
}
