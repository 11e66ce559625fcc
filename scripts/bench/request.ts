// `npm run bench:request`: what a request takes, cached and not, beside a Worker that does nothing.
//
// Measured from outside, on the bundles as they are deployed, on real workerd. Not measured: the
// network, a cold start, production's machines. CPU time is the whole workerd process's, with the
// simulated R2 and cache and the HTTP server before the Worker, which production does not bill.
//
// One inference's CPU is an uncached request's less that of a request with other bytes and the same
// pixels: both are read, hashed, decoded and looked up, only the first is computed. The stages of a
// photograph's way to its label are such differences too.
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { writeModelsFolder } from '../workerd/models-folder.ts';
import { withState } from '../workerd/state.ts';
import { startWorkerd } from '../workerd/workerd.ts';
import { bareKind, modelKinds, type Service } from './kinds.ts';
import { type Provenance, provenance } from './machine.ts';
import { type Kind, measureKinds } from './measure.ts';
import { type ModelMemory, measureMemory } from './model-memory.ts';
import { RANDOM_MODEL, writeRandomModel } from './random-model.ts';
import { type ModelReport, toKindReport, toModelReport, toTables } from './report.ts';
import {
  type StagesReport,
  stagedPictures,
  stageKinds,
  toStages,
  toStagesTable,
} from './stages.ts';
import { measureThroughput } from './throughput.ts';
import { writeCost } from './write-cost.ts';

const HELP = `Usage: npm run bench:request [-- options]

  --json       one JSON line
  --blocks N   rounds through all kinds of requests (default 10)
  --write      put inference CPU and memory into the cards of models/
  --help`;

const EMBEDDED = ['resnet50_keras_in1k', 'resnet18_8xb16_cifar10'];
const STAGED_MODEL = 'resnet50_keras_in1k';
const CONFIGS = ['wrangler.toml', 'src/engine/ort/wrangler.toml'];
const PHOTOGRAPH = 'models/samples/boats.jpg';
const AT_ONCE = 8;
const WARM_UP = 5;

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    blocks: { type: 'string', default: '10' },
    help: { type: 'boolean', default: false },
  },
});
const blocks = Number(values.blocks);
if (values.help || !Number.isInteger(blocks) || blocks < 1) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}
await withState(prepareModels, bench);

/** The embedded models and the random one, in a folder of this run. */
async function prepareModels(folder: string): Promise<string> {
  const dir = writeModelsFolder(folder, EMBEDDED);
  await writeRandomModel(dir);
  return dir;
}

async function bench(folder: string): Promise<void> {
  const photograph = new Uint8Array(readFileSync(PHOTOGRAPH));
  const options = { configPaths: CONFIGS, folder, persistPath: folder };
  const models = [...EMBEDDED, RANDOM_MODEL];
  const memory = new Map<string, ModelMemory>();
  for (const model of models) memory.set(model, await measureMemory(options, model, photograph));
  const ours = await startWorkerd(options);
  const bare = await startWorkerd({
    configPaths: ['scripts/bench/bare.toml'],
    folder,
    persistPath: folder,
  });
  try {
    await measure({ ours, bare, photograph }, models, memory);
  } finally {
    await ours.stop();
    await bare.stop();
  }
}

async function measure(
  service: Service,
  models: readonly string[],
  memory: ReadonlyMap<string, ModelMemory>,
): Promise<void> {
  const byModel = models.map((model) => modelKinds(service, model));
  const pictures = await stagedPictures();
  const staged = pictures.flatMap((picture) => stageKinds(service, STAGED_MODEL, picture));
  const kinds: readonly Kind[] = [bareKind(service), ...byModel.flat(), ...staged];
  // An uncached request comes first: it keeps the answer that the others find.
  for (const kind of kinds.toReversed()) for (let i = 0; i < WARM_UP; i++) await kind.send();
  const measured = await measureKinds(kinds, ({ name }) => {
    return { blocks, requestsPerBlock: requestsPerBlock(name) };
  });
  const kindReports: Record<string, ReturnType<typeof toKindReport>> = {};
  for (const kind of kinds) {
    const figures = measured.get(kind.name);
    if (figures === undefined) continue;
    const requests = requestsPerBlock(kind.name) * 2;
    const sequential = await measureThroughput(kind, 1, requests);
    const atEight = await measureThroughput(kind, AT_ONCE, requests);
    kindReports[kind.name] = toKindReport(figures, { sequential, atEight });
  }
  const modelReports: Record<string, ModelReport> = {};
  for (const [model, held] of memory) modelReports[model] = toModelReport(model, measured, held);
  const stages = Object.fromEntries(
    pictures.map(({ name }) => [
      `${STAGED_MODEL}, ${name}`,
      toStages(STAGED_MODEL, name, measured),
    ]),
  );
  show(kindReports, modelReports, stages);
}

/** Cheap requests need many for the process's clock, which counts 10 ms. */
function requestsPerBlock(name: string): number {
  if (name.endsWith('uncached')) return 8;
  return name.endsWith('decoded') ? 16 : 40;
}

function show(
  kinds: Parameters<typeof toTables>[0],
  models: Readonly<Record<string, ModelReport>>,
  stages: Readonly<Record<string, StagesReport>>,
): void {
  const from = provenance();
  if (values.json)
    console.log(JSON.stringify({ bench: 'request', ...from, kinds, models, stages }));
  else {
    console.log(`${toTables(kinds, models)}\n\n${toStagesTable(stages)}`);
    console.log(`\n${from.commit}, ${from.machine}, ${from.runtime}, ${PHOTOGRAPH}`);
  }
  if (!values.write) return;
  for (const model of EMBEDDED) writeMeasured(model, models[model], from);
}

function writeMeasured(model: string, report: ModelReport | undefined, from: Provenance): void {
  if (report === undefined) return;
  writeCost('models', model, {
    engine: report.engine,
    cpu_ms: report.inference_cpu_ms,
    memory_bytes: report.engine_wasm_bytes,
    machine: `${from.machine}, ${from.runtime}`,
    date: from.date,
    command: 'npm run bench:request -- --write',
  });
}
