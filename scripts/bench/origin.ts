// `npm run bench:origin`: the origin with and without batches, beside onnxruntime-node in a loop.
//
// Two origins, each a process of its own, and the loop in this one, in turn within each round.
// Load generator and origins share the machine's processors. Nothing is kept: every answer is
// computed. Tensors go in as the binary tensor extension has them, so that no decode is measured;
// photographs, in rows of their own, are decoded by the origin.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { cardSchema } from '../../src/model/card.ts';
import { HEADER_LENGTH, joinFrame } from '../../src/oip/frame.ts';
import { buildKernels } from '../build.ts';
import { atOnce } from '../limits/load.ts';
import { send, type Target } from '../overload/open-loop.ts';
import { startOrigin } from '../overload/origin-process.ts';
import { textTable } from '../text-table.ts';
import { provenance } from './machine.ts';
import { medianOf, percentile } from './statistics.ts';

const HELP = `Usage: npm run bench:origin [-- options]

  --model NAME     an embedded model (default resnet50_keras_in1k)
  --rounds N       through all rows (default 5)
  --requests N     of a round at concurrency 1; 3 and 8 times as many at 8 and 64 (default 16)
  --set NAME=VALUE a setting of both origins, such as ORIGIN_THREADS=1; may come again
  --json           one JSON line
  --help`;

const CONCURRENCIES = [1, 8, 64];
/** Requests of a round, in those at concurrency 1. */
const FACTORS: ReadonlyMap<number, number> = new Map([
  [1, 1],
  [8, 3],
  [64, 8],
]);
const PHOTOGRAPH = 'models/samples/rocket.jpg';

const { values } = parseArgs({
  options: {
    model: { type: 'string', default: 'resnet50_keras_in1k' },
    rounds: { type: 'string', default: '5' },
    requests: { type: 'string', default: '16' },
    set: { type: 'string', multiple: true, default: [] },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});
const [rounds, requests] = [Number(values.rounds), Number(values.requests)];
if (values.help || !(rounds >= 1) || !(requests >= 1)) {
  console.log(HELP);
  process.exit(values.help ? 0 : 2);
}

/** One row: what is done once, and how often at a time. */
interface Row {
  readonly name: string;
  readonly width: number;
  once(): Promise<void>;
  readonly perSecond: number[];
  readonly ms: number[];
}

const card = cardSchema.parse(JSON.parse(readFileSync(`models/${values.model}.json`, 'utf8')));
await buildKernels();
const given = Object.fromEntries(values.set.map((pair) => pair.split('=', 2)));
const settings = { DEFAULT_MODEL: card.name, ...given };
const batched = await startOrigin({ ORIGIN_BATCH_MAX: '16', ...settings });
const single = await startOrigin({ ...settings, ORIGIN_BATCH_MAX: '1' });
try {
  const rows = await makeRows();
  for (const row of rows) await measure(row, Math.min(requests, 4), false);
  for (let round = 0; round < rounds; round++) for (const row of rows) await measure(row, requests);
  report(rows);
} finally {
  for (const { child } of [batched, single]) child.kill('SIGTERM');
}

async function makeRows(): Promise<readonly Row[]> {
  const { height, width } = card.preprocess.crop;
  const shape = [1, 3, height, width];
  const data = Float32Array.from({ length: 3 * height * width }, (_, i) => Math.sin(i));
  const direct = await openLoop(data, shape);
  const origins = [
    ['batches of 16', batched.url],
    ['batches of 1', single.url],
  ] as const;
  return CONCURRENCIES.flatMap((at) => [
    ...origins.map(([name, url]) => row(`tensor, ${name}`, at, toTensor(url, data, shape))),
    { ...row('onnxruntime-node in a loop', at, { url: '', body: new Uint8Array() }), once: direct },
    ...origins.map(([name, url]) => row(`photograph, ${name}`, at, toPhotograph(url))),
  ]);
}

function row(name: string, width: number, target: Target): Row {
  const once = async (): Promise<void> => {
    const { status } = await send(target);
    if (status !== 200) throw new Error(`${name}: ${status}`);
  };
  return { name, width, once, perSecond: [], ms: [] };
}

function toTensor(url: string, data: Float32Array, shape: readonly number[]): Target {
  const bytes = new Uint8Array(data.buffer);
  const parameters = { binary_data_size: bytes.length };
  const head = {
    inputs: [{ name: 'input', datatype: 'FP32', shape, parameters }],
    parameters: { binary_data_output: true },
  };
  const { body, headerLength } = joinFrame(head, [bytes]);
  const headers = { [HEADER_LENGTH]: headerLength, 'content-type': 'application/octet-stream' };
  return { url: `${url}/v2/models/${card.name}/infer`, body, headers };
}

function toPhotograph(url: string): Target {
  const headers = { 'cache-control': 'no-store' };
  const body = new Uint8Array(readFileSync(PHOTOGRAPH));
  return { url: `${url}/v1/classify?model=${card.name}`, body, headers };
}

/** As a program would that has the tensor already. One thread asks; concurrency is its lanes. */
async function openLoop(data: Float32Array, shape: readonly number[]): Promise<Row['once']> {
  const session = await InferenceSession.create(`models/${card.name}.onnx`);
  const [input = ''] = session.inputNames;
  return async () => {
    await session.run({ [input]: new Tensor('float32', data, shape) });
  };
}

async function measure(given: Row, count: number, kept: boolean = true): Promise<void> {
  const all = Array.from({ length: count * (FACTORS.get(given.width) ?? 1) }, () => given);
  const beganMs = performance.now();
  await atOnce(all, given.width, async ({ once: run, ms }) => {
    const sentMs = performance.now();
    await run();
    if (kept) ms.push(performance.now() - sentMs);
  });
  if (kept) given.perSecond.push((all.length * 1000) / (performance.now() - beganMs));
}

function report(rows: readonly Row[]): void {
  const figures = rows.map(({ name, width, perSecond, ms }) => ({
    name,
    concurrency: width,
    per_second_median: round(medianOf(perSecond)),
    per_second_best: round(Math.max(...perSecond)),
    p50_ms: round(percentile(ms, 50)),
    p99_ms: round(percentile(ms, 99)),
    min_ms: round(Math.min(...ms)),
  }));
  const load = round(loadavg()[0] ?? 0);
  const from = { model: card.name, set: values.set, rounds, machine_load: load, ...provenance() };
  if (values.json) {
    console.log(JSON.stringify({ bench: 'origin', ...from, figures }));
    return;
  }
  const head = ['', 'at once', 'per second', 'best round', 'p50 ms', 'p99 ms', 'least ms'];
  console.log(
    textTable(
      head,
      figures.map((figure) => Object.values(figure).map(String)),
    ),
  );
  console.log(JSON.stringify(from));
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
