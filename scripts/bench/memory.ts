// `npm run bench:memory [-- --only resnet50 --json]`: for each architecture of the catalogue at
// full size with random weights, WASM memory of a session after its runs, and the peak of what
// JavaScript holds, garbage among it: while it loads from its pack, while it loads from its graph,
// and while it runs. And how long it takes from pack bytes to a session that is ready, beside what
// touching as much fresh memory costs on this machine, whoever does it.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import { instantiate } from '../../src/engine/simd/kernels.ts';
import { readPack } from '../../src/engine/simd/pack.ts';
import { packGraph } from '../../src/engine/simd/pack-graph.ts';
import { createProgram } from '../../src/engine/simd/program.ts';
import { buildSimdKernels } from '../build.ts';
import { textTable } from '../text-table.ts';
import type { BenchGraph } from './graphs.ts';
import { catalogueArchitectures, randomGraph } from './graphs.ts';
import { provenance } from './machine.ts';
import type { MemoryPhase, MemoryTask } from './memory-worker.ts';
import { medianOf } from './statistics.ts';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
  },
});
const LOADS = 15;
const CHUNK_BYTES = 262_144;

interface Peaks {
  readonly wasmBytes: number;
  readonly loadBytes: number;
  readonly runBytes: number;
}

interface Row {
  readonly model: string;
  readonly graph_bytes: number;
  readonly wasm_bytes: number;
  readonly js_pack_bytes: number;
  readonly js_graph_bytes: number;
  readonly js_run_bytes: number;
  readonly ready_ms: { readonly min: number; readonly median: number };
  readonly copy_ms: { readonly min: number; readonly median: number };
}

const kernelsPath = await buildSimdKernels();
const kernels = await WebAssembly.compile(new Uint8Array(readFileSync(kernelsPath)));
const folder = mkdtempSync(join(tmpdir(), 'razorbill-'));
try {
  const rows: Row[] = [];
  for (const one of catalogueArchitectures().filter(({ name }) => name.includes(values.only))) {
    rows.push(await measure(await randomGraph(one)));
  }
  report(rows);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(graph: BenchGraph): Promise<Row> {
  const { onnx, facts } = graph;
  const packed = packGraph(kernels, onnx, facts.graph);
  if (!packed.ok) throw new Error(packed.failure);
  const [graphPath, packPath] = [join(folder, 'graph'), join(folder, 'pack')];
  writeFileSync(graphPath, onnx);
  writeFileSync(packPath, packed.value);
  const fromPack = await watch({ kernels: kernelsPath, facts, graphPath, packPath });
  const fromGraph = await watch({ kernels: kernelsPath, facts, graphPath, packPath: null });
  return {
    model: graph.name,
    graph_bytes: onnx.length,
    wasm_bytes: fromPack.wasmBytes,
    js_pack_bytes: fromPack.loadBytes,
    js_graph_bytes: fromGraph.loadBytes,
    js_run_bytes: fromPack.runBytes,
    ...(await timeLoads(graph, packed.value)),
  };
}

/** The peaks beyond what the thread held before, looked at again and again while it works. */
async function watch(task: MemoryTask): Promise<Peaks> {
  const worker = new Worker(new URL('memory-worker.ts', import.meta.url), { workerData: task });
  const peaks: Record<MemoryPhase, number> = { idle: 0, loaded: 0, done: 0 };
  let [phase, wasmBytes, before, ended]: [MemoryPhase, number, number, boolean] = [
    'idle',
    0,
    0,
    false,
  ];
  const over = new Promise<void>((resolve, reject) => {
    worker.on('error', reject);
    worker.on('exit', () => resolve());
  });
  worker.on('exit', () => {
    ended = true;
  });
  worker.on('message', async (told: { phase: MemoryPhase; bytes: number }) => {
    const held = await heldBytes(worker);
    if (told.phase === 'idle') before = held;
    else peaks[told.phase] = Math.max(peaks[told.phase], held);
    phase = told.phase === 'idle' ? 'loaded' : 'done';
    wasmBytes = told.bytes;
    worker.postMessage('on');
  });
  while (!ended) {
    const during = phase;
    const held = await heldBytes(worker);
    // A thread that has not begun or has ended answers at once: others must have their turn.
    await setImmediate();
    if (before > 0) peaks[during] = Math.max(peaks[during], held);
  }
  await over;
  // Each way of loading asks for its WebAssembly memory before JavaScript holds most. Less than
  // nothing: what had been held before was collected meanwhile.
  const beyond = (peak: number) => Math.max(0, peak - before - wasmBytes);
  return { wasmBytes, loadBytes: beyond(peaks.loaded), runBytes: beyond(peaks.done) };
}

/** Heap, array buffers and WebAssembly memories. */
async function heldBytes(worker: Worker): Promise<number> {
  try {
    const { used_heap_size, external_memory } = await worker.getHeapStatistics();
    return used_heap_size + external_memory;
  } catch {
    // It has ended.
    return 0;
  }
}

/** CPU ms of this thread, from the pack's bytes to a session, and of a copy into fresh memory. */
async function timeLoads(
  { facts }: BenchGraph,
  pack: Uint8Array,
): Promise<Pick<Row, 'ready_ms' | 'copy_ms'>> {
  const [ready, copy]: [number[], number[]] = [[], []];
  for (let i = 0; i < LOADS; i++) {
    let start = threadMs();
    const fresh = instantiate(kernels);
    const read = await readPack(fresh, toStream(pack), facts.graph);
    if (!read.ok) throw new Error(read.failure.what);
    createProgram(fresh, read.value.net, read.value.layout);
    ready.push(threadMs() - start);
    start = threadMs();
    const pages = Math.ceil(fresh.memory.buffer.byteLength / 65_536);
    new Uint8Array(new WebAssembly.Memory({ initial: pages }).buffer).set(pack);
    copy.push(threadMs() - start);
  }
  const pair = (list: readonly number[]) => ({ min: Math.min(...list), median: medianOf(list) });
  return { ready_ms: pair(ready), copy_ms: pair(copy) };
}

/** Other work on the machine, and other threads, do not move it. */
function threadMs(): number {
  const { user, system } = process.threadCpuUsage();
  return (user + system) / 1000;
}

function toStream(bytes: Uint8Array): ReadableStream<Uint8Array> {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      controller.enqueue(bytes.subarray(at, at + CHUNK_BYTES));
      at += CHUNK_BYTES;
      if (at >= bytes.length) controller.close();
    },
  });
}

function report(rows: readonly Row[]): void {
  const from = { ...provenance(), node: process.versions.node };
  if (values.json) {
    console.log(JSON.stringify({ bench: 'memory', ...from, loads: LOADS, models: rows }));
    return;
  }
  const mb = (bytes: number) => (bytes / 2 ** 20).toFixed(1);
  const ms = ({ min, median }: Row['ready_ms']) => `${min.toFixed(1)}, ${median.toFixed(1)}`;
  const head = ['MiB', 'graph', 'WASM', 'JS: pack', 'JS: graph', 'JS: run', 'ready ms', 'copy ms'];
  const cells = rows.map((row) => [
    row.model,
    ...[row.graph_bytes, row.wasm_bytes, row.js_pack_bytes].map(mb),
    ...[row.js_graph_bytes, row.js_run_bytes].map(mb),
    ms(row.ready_ms),
    ms(row.copy_ms),
  ]);
  console.log(textTable(head, cells));
  console.log(
    `\nCPU ms: min, median of ${LOADS}; ${from.commit}, ${from.machine}, Node ${from.node}`,
  );
}
