// `npm run bench:coldstart [-- --starts 10 --json]`: from the start of a workerd process to its
// first answer, model in local R2: our engine's Worker, onnxruntime-web's, and one that does
// nothing, each alone in its process and in turn. Wall time from outside, and CPU time of the whole
// process with its simulated R2. Not in it: a picture's decoding, which is the same for both.
import childProcess from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { textTable } from '../text-table.ts';
import { startWorkerd } from '../workerd/workerd.ts';
import { ask, ENGINE_CONFIGS, storeGraphs } from './engine-workers.ts';
import type { BenchGraph } from './graphs.ts';
import { embeddedGraph, randomGraph } from './graphs.ts';
import { provenance } from './machine.ts';
import { medianOf } from './statistics.ts';

const { values } = parseArgs({
  options: {
    starts: { type: 'string', default: '10' },
    json: { type: 'boolean', default: false },
  },
});
const BARE = 'scripts/bench/bare.toml';
/** A request that meets no listener is sent again: workerd takes some 100 ms to listen. */
const RETRY_MS = 1;

interface Start {
  readonly wallMs: number;
  /** NaN where the system does not tell. */
  readonly cpuMs: number;
}

/** When the last workerd was started: miniflare gives no other sign of that moment. */
let spawnedMs = 0;
const { spawn } = childProcess;
Object.assign(childProcess, {
  spawn(...args: Parameters<typeof spawn>) {
    spawnedMs = performance.now();
    return spawn(...args);
  },
});

const folder = mkdtempSync(join(tmpdir(), 'razorbill-'));
try {
  await main(Number(values.starts));
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function main(starts: number): Promise<void> {
  const resnet18 = { depth: 18, variant: 'v1b', style: 'pytorch', classes: 1000 } as const;
  const graphs = [
    await embeddedGraph('resnet18_8xb16_cifar10'),
    await randomGraph({
      name: 'resnet18 v1b, 1000 classes, 224 x 224',
      architecture: { ...resnet18, size: [224, 224], width: 64 },
    }),
    await embeddedGraph('resnet50_keras_in1k'),
  ];
  await storeGraphs(folder, graphs);
  const bare: Start[] = [];
  const measured = graphs.map((graph) => {
    return { graph, simd: [] as Start[], ort: [] as Start[] };
  });
  // The first round makes the bundles and fills the disk's cache.
  for (let round = -1; round < starts; round++) {
    const keep = (list: Start[], start: Start) => round >= 0 && list.push(start);
    keep(bare, await measure(BARE));
    for (const { graph, simd, ort } of measured) {
      keep(simd, await measure(ENGINE_CONFIGS.simd, graph));
      keep(ort, await measure(ENGINE_CONFIGS.ort, graph));
    }
  }
  report(starts, bare, measured);
}

async function measure(config: string, graph?: BenchGraph): Promise<Start> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const starting = startWorkerd({ configPaths: [config], folder, persistPath: folder, port });
  await firstAnswer(url, graph);
  const wallMs = performance.now() - spawnedMs;
  const workerd = await starting;
  const cpuMs = workerd.use?.cpuMs() ?? Number.NaN;
  await workerd.stop();
  return { wallMs, cpuMs };
}

async function firstAnswer(url: string, graph: BenchGraph | undefined): Promise<void> {
  for (;;) {
    try {
      if (graph === undefined) await (await fetch(url, { method: 'POST', body: 'x' })).text();
      else await ask(url, graph, 1);
      return;
    } catch (error) {
      // Node's fetch says so when nobody listens yet; anything else is a failure of the Worker's.
      if (!(error instanceof TypeError)) throw error;
      await new Promise((resume) => setTimeout(resume, RETRY_MS));
    }
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === 'object' ? (address?.port ?? 0) : 0));
    });
  });
}

interface Row {
  readonly graph: BenchGraph;
  readonly simd: readonly Start[];
  readonly ort: readonly Start[];
}

function report(starts: number, bare: readonly Start[], rows: readonly Row[]): void {
  const of = (list: readonly Start[], what: keyof Start) => {
    const numbers = list.map((start) => start[what]);
    return { min: Math.min(...numbers), median: medianOf(numbers) };
  };
  const from = provenance();
  const models = rows.map(({ graph, simd, ort }) => {
    const pair = (what: keyof Start) => ({ simd: of(simd, what), ort: of(ort, what) });
    return { model: graph.name, wall_ms: pair('wallMs'), cpu_ms: pair('cpuMs') };
  });
  const empty = { wall_ms: of(bare, 'wallMs'), cpu_ms: of(bare, 'cpuMs') };
  if (values.json) {
    console.log(JSON.stringify({ bench: 'coldstart', ...from, starts, empty, models }));
    return;
  }
  const cell = ({ min, median }: { min: number; median: number }) =>
    `${min.toFixed(0)} / ${median.toFixed(0)}`;
  const head = ['min / median', 'ours', 'onnxruntime-web', 'ratio', 'beyond an empty Worker'];
  const table = models.flatMap(({ model, wall_ms, cpu_ms }) => {
    const line = (what: string, { simd, ort }: typeof wall_ms, nothing: typeof wall_ms.simd) => {
      const ratio = [ort.min / simd.min, ort.median / simd.median];
      const beyond = (key: 'min' | 'median') => {
        return (ort[key] - nothing[key]) / (simd[key] - nothing[key]);
      };
      const ratios = (pair: readonly number[]) => pair.map((one) => one.toFixed(1)).join(' / ');
      const own = [beyond('min'), beyond('median')];
      return [`${model}, ${what} ms`, cell(simd), cell(ort), ratios(ratio), ratios(own)];
    };
    return [line('wall', wall_ms, empty.wall_ms), line('CPU', cpu_ms, empty.cpu_ms)];
  });
  console.log(textTable(head, table));
  console.log(`\nAn empty Worker: ${cell(empty.wall_ms)} wall, ${cell(empty.cpu_ms)} CPU ms`);
  console.log(`${starts} starts each; ${from.commit}, ${from.machine}, ${from.runtime}`);
}
