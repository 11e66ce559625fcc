// `npm run compare:origin`: photographs classified by a real Worker, once at the edge and once by
// its origin, a process with native ONNX Runtime. Fails where more than one of 200 has another
// class first (ties apart), or a logit is more than two steps of quantization away.
//
// The last layer gives real numbers, so a step is what 8 bits would have: a photograph's largest
// logit less its smallest, by 255. The engines differ at all because ONNX Runtime's integer
// kernels round a layer's sums in another way than ours, and one step goes on through the layers.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { classifyBytes, createClient } from '../src/http/openapi/client.ts';
import { medianOf, percentile } from './bench/statistics.ts';
import { startOrigin } from './overload/origin-process.ts';
import { writeModelsFolder } from './workerd/models-folder.ts';
import { withState } from './workerd/state.ts';
import { startWorkerd } from './workerd/workerd.ts';

const FOLDER = '../shared/data/imagenet-val';
const STEPS = 255;
const STEPS_MAX = 2;
const SAME_SHARE_MIN = 199 / 200;

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet50_keras_in1k' },
    pictures: { type: 'string', default: '200' },
  },
});
process.exitCode = existsSync(FOLDER) ? await withState(prepareModel, compare) : skip();

function skip(): number {
  console.error(`compare:origin: ${FOLDER} is absent`);
  return 1;
}

async function prepareModel(folder: string): Promise<string> {
  return writeModelsFolder(folder, [values.model]);
}

async function compare(folder: string): Promise<number> {
  const origin = await startOrigin({ DEFAULT_MODEL: values.model });
  const configPaths = ['wrangler.toml', 'src/engine/ort/wrangler.toml'];
  const vars = { ORIGIN_URL: origin.url, DEFAULT_MODEL: values.model };
  const worker = await startWorkerd({ configPaths, folder, persistPath: folder, vars });
  try {
    return await compareAll(worker.url);
  } finally {
    await worker.stop();
    origin.child.kill('SIGTERM');
  }
}

async function compareAll(url: string): Promise<number> {
  const files = readdirSync(FOLDER).filter((file) => /\.jpe?g$/i.test(file));
  const paths = files.toSorted().slice(0, Number(values.pictures));
  const farthest: number[] = [];
  let same = 0;
  for (const path of paths) {
    const picture = new Uint8Array(readFileSync(join(FOLDER, path)));
    const here = await classify(url, picture, 'edge');
    const there = await classify(url, picture, 'origin');
    const step = (Math.max(...here) - Math.min(...here)) / STEPS;
    farthest.push(Math.max(...here.map((logit, i) => Math.abs(logit - (there[i] ?? 1e9)))) / step);
    const equal = sameFirst(here, there);
    if (equal) same++;
    else console.log(`${path}: another class first`);
  }
  const most = Math.max(...farthest);
  const figures = {
    model: values.model,
    photographs: paths.length,
    same_first: same,
    steps_median: medianOf(farthest).toFixed(3),
    steps_p99: percentile(farthest, 99).toFixed(3),
    steps_most: most.toFixed(3),
  };
  console.log(JSON.stringify(figures));
  return same >= SAME_SHARE_MIN * paths.length && most <= STEPS_MAX ? 0 : 1;
}

/** Two that share the first place are both first. */
function sameFirst(here: readonly number[], there: readonly number[]): boolean {
  const firstThere = there.indexOf(Math.max(...there));
  return here[firstThere] === Math.max(...here);
}

async function classify(
  url: string,
  body: Uint8Array<ArrayBuffer>,
  engine: 'edge' | 'origin',
): Promise<readonly number[]> {
  const client = createClient(url, { 'cache-control': 'no-store' });
  const outcome = await classifyBytes(client, body, { logits: true, engine });
  if (!outcome.ok || outcome.answer.run.place !== engine) {
    throw new Error(`${engine}: ${outcome.text}`);
  }
  return outcome.answer.logits ?? [];
}
