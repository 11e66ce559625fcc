// `npm run check:limits`: workerd on a laptop lets an isolate take gigabytes, production kills it
// at 128 MB. This puts the Workers under load, adds up what each isolate takes, and fails above.

import { createClient } from '../src/http/openapi/client.ts';
import { costMs, measureKinds, pause } from './bench/measure.ts';
import { writeModelsWithFallback } from './limits/fallback-model.ts';
import { limitKinds } from './limits/kinds.ts';
import { type LoadReport, putUnderLoad } from './limits/load.ts';
import { PAIR_BYTES_MAX, sampleTwoAtOnce } from './limits/pair.ts';
import { type LoadPicture, readPhotographs, readSamples, readSuite } from './limits/pictures.ts';
import { type Sampled, sampleDuring } from './limits/sampler.ts';
import { megabytes, textTable } from './text-table.ts';
import { ISOLATE_BYTES_MAX } from './workerd/isolate-memory.ts';
import { withState } from './workerd/state.ts';
import { startWorkerd, type Workerd } from './workerd/workerd.ts';

const CONFIGS = ['wrangler.toml', 'src/engine/ort/wrangler.toml'];
/** Unfinished business that may go on behind the last answer. */
const SETTLE_MS = 500;

process.exitCode = await withState(writeModelsWithFallback, check);

async function check(folder: string): Promise<number> {
  const photographs = await readPhotographs();
  const start = () => startWorkerd({ configPaths: CONFIGS, folder, persistPath: folder });
  const fit = await withWorkerd(start, (workerd) => checkTwoAtOnce(workerd, photographs));
  const sound = await withWorkerd(start, async (workerd) => {
    const under = await checkMemory(workerd, photographs);
    await pause(SETTLE_MS);
    await showCpu(workerd, photographs);
    return under;
  });
  return fit && sound ? 0 : 1;
}

async function withWorkerd<T>(
  start: () => Promise<Workerd>,
  work: (workerd: Workerd) => Promise<T>,
): Promise<T> {
  const workerd = await start();
  try {
    return await work(workerd);
  } finally {
    await workerd.stop();
  }
}

async function checkTwoAtOnce(
  workerd: Workerd,
  photographs: readonly LoadPicture[],
): Promise<boolean> {
  const sampled = await sampleTwoAtOnce(workerd, photographs);
  console.log('Two photographs of 12 megapixels and more at once, a ResNet-50 resident');
  console.log(`${toMemoryTable(sampled, PAIR_BYTES_MAX)}\n`);
  return isWithin(sampled, PAIR_BYTES_MAX);
}

async function checkMemory(
  workerd: Workerd,
  photographs: readonly LoadPicture[],
): Promise<boolean> {
  const { url } = workerd;
  const models = await listModels(url);
  const [samples, suite] = [readSamples(), readSuite()];
  let load: LoadReport = { outcomes: new Map(), alone: new Map() };
  const sampled = await sampleDuring(workerd, async () => {
    load = await putUnderLoad({ url, models, photographs, samples, suite });
  });
  const { outcomes, alone } = load;
  console.log(toMemoryTable(sampled, ISOLATE_BYTES_MAX));
  console.log();
  for (const [picture, outcome] of alone) console.log(`${picture}: ${outcome}`);
  const counts = [...outcomes].map(([outcome, count]) => `${count} x ${outcome}`).join(', ');
  console.log(`In all: ${counts}`);
  const bugs = [...outcomes.keys()].filter((outcome) => /^5/.test(outcome) && !BUSY.test(outcome));
  for (const bug of bugs) console.error(`check:limits: answered ${bug}`);
  return isWithin(sampled, ISOLATE_BYTES_MAX) && bugs.length === 0;
}

function isWithin({ isolates }: Sampled, bytesMax: number): boolean {
  const over = isolates.filter(({ bound }) => bound.total > bytesMax);
  for (const { isolate, bound } of over) {
    const takes = `${megabytes(bound.total)} of ${megabytes(bytesMax)} MB`;
    console.error(`check:limits: ${isolate} takes ${takes}`);
  }
  return over.length === 0;
}

/** What a service under more load than it takes says, on purpose. */
const BUSY = /^503 (overloaded|engine_busy)$/;

async function listModels(url: string): Promise<readonly string[]> {
  const response = await createClient(url).v1.models.$get();
  if (!response.ok) throw new Error(`/v1/models: ${(await response.json()).code}`);
  return (await response.json()).models.map(({ name }) => name);
}

function toMemoryTable(sampled: Sampled, bytesMax: number): string {
  const { isolates, looks, unanswered, residentBytesPeak, lastReport } = sampled;
  const head = [
    'isolate, MB at the peak',
    'heap',
    'backing',
    'wasm',
    'seen at once',
    'bound',
    'limit',
  ];
  const rows = isolates.map(({ isolate, seen, bound }) => [
    isolate,
    ...[seen.heap, seen.backingStores, bound.wasm, seen.total, bound.total].map(megabytes),
    megabytes(bytesMax),
  ]);
  const reserved = lastReport.flatMap(({ isolate, reserved }) =>
    Object.entries(reserved).map(([pool, { peak_bytes: peak, bytes_max: most }]) => {
      return `  ${isolate} reserved for ${pool}: ${megabytes(peak)} of ${megabytes(most)} MB`;
    }),
  );
  const resident =
    residentBytesPeak === undefined
      ? []
      : [`  the whole process: ${megabytes(residentBytesPeak)} MB`];
  return [
    textTable(head, rows),
    `  ${looks} looks, ${unanswered} unanswered`,
    ...reserved,
    ...resident,
  ].join('\n');
}

async function showCpu(workerd: Workerd, photographs: readonly LoadPicture[]): Promise<void> {
  const kinds = limitKinds(workerd, photographs);
  for (const kind of kinds) for (let i = 0; i < 3; i++) await kind.send();
  const measured = await measureKinds(kinds, ({ name }) => {
    return { blocks: 5, requestsPerBlock: /uncached/.test(name) ? 5 : 40 };
  });
  const figures = kinds.map(({ name }) => {
    const figure = measured.get(name);
    return { name, ms: figure === undefined ? Number.NaN : costMs(figure) };
  });
  const bare = figures.find(({ name }) => name === 'livez')?.ms ?? 0;
  const clock = workerd.use === undefined ? 'wall ms (no CPU time here)' : 'CPU ms';
  const rows = figures.map(({ name, ms }) => [name, ms.toFixed(1), (ms - bare).toFixed(1)]);
  console.log(`\n${textTable([`${clock}, medians`, 'in all', 'beyond /livez'], rows)}`);
}
