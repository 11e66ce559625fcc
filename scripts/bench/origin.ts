// `npm run bench:origin`: the origin with and without batches, beside onnxruntime-node in a loop.
//
// Two origins, each a process of its own, and the loop in this one. One at a time they take turns
// request by request, so that what else the machine does falls on all alike; many at once they take
// turns within each round. Load generator and origins share the machine's processors. Nothing is
// kept: every answer is computed. Tensors go in as the binary tensor extension has them, so that
// no decode is measured; photographs, in rows of their own, are decoded by the origin.
import { readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parseArgs } from 'node:util';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import { cardSchema } from '../../src/model/card.ts';
import { HEADER_LENGTH, joinFrame } from '../../src/oip/frame.ts';
import { buildKernels } from '../build.ts';
import { atOnce } from '../limits/load.ts';
import type { Target } from '../overload/connections.ts';
import { send } from '../overload/open-loop.ts';
import { startOrigin } from '../overload/origin-process.ts';
import { textTable } from '../text-table.ts';
import { watchProcess } from '../workerd/process.ts';
import { provenance } from './machine.ts';
import { pause } from './measure.ts';
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
/** ONNX Runtime's threads spin on for a moment after a run: that is the run's cost as well. */
const SPIN_MS = 10;
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
  /** Of the process that infers: what it has used so far. */
  readonly cpuMs: () => number;
  readonly perSecond: number[];
  readonly ms: number[];
  /** CPU ms of each request, or of each round's requests by their number. */
  readonly cpu: number[];
}

const card = cardSchema.parse(JSON.parse(readFileSync(`models/${values.model}.json`, 'utf8')));
await buildKernels();
const given = Object.fromEntries(values.set.map((pair) => pair.split('=', 2)));
const settings = { DEFAULT_MODEL: card.name, ...given };
const batched = await startOrigin({ ORIGIN_BATCH_MAX: '16', ...settings });
const single = await startOrigin({ ...settings, ORIGIN_BATCH_MAX: '1' });
try {
  const rows = await makeRows();
  const alone = rows.filter(({ width }) => width === 1);
  const together = rows.filter(({ width }) => width > 1);
  for (const row of rows) await measure(row, Math.min(requests, 4), false);
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < requests; i++) await inTurn(alone, i);
    for (const row of together) await measure(row, requests);
  }
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
    ['batches of 16', batched],
    ['batches of 1', single],
  ] as const;
  return CONCURRENCIES.flatMap((width) => [
    ...origins.map(([name, { url, child }]) =>
      row(`tensor, ${name}`, width, asker(toTensor(url, data, shape)), child.pid),
    ),
    row('onnxruntime-node in a loop', width, direct, process.pid),
    ...origins.map(([name, { url, child }]) =>
      row(`photograph, ${name}`, width, asker(toPhotograph(url)), child.pid),
    ),
  ]);
}

function row(name: string, width: number, once: Row['once'], pid: number | undefined): Row {
  const { threadCpuMs: cpuMs } = watchProcess(pid ?? process.pid);
  return { name, width, once, cpuMs, perSecond: [], ms: [], cpu: [] };
}

function asker(target: Target): Row['once'] {
  return async () => {
    const { status } = await send(target);
    if (status !== 200) throw new Error(`${target.url}: ${status}`);
  };
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
  const threads = Number(given.ORIGIN_THREADS ?? 0);
  const session = await InferenceSession.create(`models/${card.name}.onnx`, {
    executionProviders: ['cpu'],
    ...(threads > 0 && { intraOpNumThreads: threads }),
  });
  const [input = ''] = session.inputNames;
  return async () => {
    await session.run({ [input]: new Tensor('float32', data, shape) });
  };
}

/** One request of each; who is first changes. */
async function inTurn(rows: readonly Row[], turn: number): Promise<void> {
  const first = turn % rows.length;
  for (const { once, cpuMs, ms, cpu, perSecond } of [
    ...rows.slice(first),
    ...rows.slice(0, first),
  ]) {
    const cpuBefore = cpuMs();
    const sentMs = performance.now();
    await once();
    const took = performance.now() - sentMs;
    await pause(SPIN_MS);
    ms.push(took);
    perSecond.push(1000 / took);
    cpu.push(cpuMs() - cpuBefore);
  }
}

async function measure(given: Row, count: number, kept: boolean = true): Promise<void> {
  const all = Array.from({ length: count * (FACTORS.get(given.width) ?? 1) }, () => given);
  const cpuBefore = given.cpuMs();
  const beganMs = performance.now();
  await atOnce(all, given.width, async ({ once: run, ms }) => {
    const sentMs = performance.now();
    await run();
    if (kept) ms.push(performance.now() - sentMs);
  });
  if (!kept) return;
  given.perSecond.push((all.length * 1000) / (performance.now() - beganMs));
  given.cpu.push((given.cpuMs() - cpuBefore) / all.length);
}

function report(rows: readonly Row[]): void {
  const figures = rows.map(({ name, width, perSecond, ms, cpu }) => ({
    name,
    concurrency: width,
    per_second_median: round(medianOf(perSecond)),
    per_second_best: round(Math.max(...perSecond)),
    p50_ms: round(percentile(ms, 50)),
    p99_ms: round(percentile(ms, 99)),
    min_ms: round(Math.min(...ms)),
    cpu_ms_median: round(medianOf(cpu)),
    cpu_ms_min: round(Math.min(...cpu)),
  }));
  const ratios = CONCURRENCIES.flatMap((width) => compareRows(rows, width));
  const load = round(loadavg()[0] ?? 0);
  const from = { model: card.name, set: values.set, rounds, machine_load: load, ...provenance() };
  if (values.json) {
    console.log(JSON.stringify({ bench: 'origin', ...from, figures, ratios }));
    return;
  }
  const times = ['per second', 'best', 'p50 ms', 'p99 ms', 'least ms', 'CPU ms', 'least CPU'];
  const head = ['', 'at once', ...times];
  console.log(
    textTable(
      head,
      figures.map((figure) => Object.values(figure).map(String)),
    ),
  );
  console.log('\nbatches of 16, by batches of 1:');
  for (const ratio of ratios) console.log(JSON.stringify(ratio));
  console.log(JSON.stringify(from));
}

/** What batching does, as ratios: below 1 it costs less, of `per_second` above 1. */
function compareRows(rows: readonly Row[], width: number) {
  return ['tensor', 'photograph'].flatMap((what) => {
    const find = (size: number) =>
      rows.find(({ name, width: at }) => at === width && name === `${what}, batches of ${size}`);
    const [many, one] = [find(16), find(1)];
    if (many === undefined || one === undefined) return [];
    const by = (of: (row: Row) => number) => Math.round((of(many) / of(one)) * 1000) / 1000;
    const pairs = many.ms.map((ms, i) => ms / (one.ms[i] ?? Number.NaN));
    return {
      what,
      concurrency: width,
      per_second: by(({ perSecond }) => medianOf(perSecond)),
      p50_ms: by(({ ms }) => medianOf(ms)),
      min_ms: by(({ ms }) => Math.min(...ms)),
      // Of requests that followed each other; many at once are no pairs.
      ...(width === 1 && { pairs_ms: Math.round(medianOf(pairs) * 1000) / 1000 }),
      cpu_ms: by(({ cpu }) => medianOf(cpu)),
      cpu_ms_min: by(({ cpu }) => Math.min(...cpu)),
    };
  });
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
