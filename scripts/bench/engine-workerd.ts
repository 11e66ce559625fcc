import type { Workerd } from '../workerd/workerd.ts';
import { startWorkerd } from '../workerd/workerd.ts';
import { ask, ENGINE_CONFIGS } from './engine-workers.ts';
import type { BenchGraph } from './graphs.ts';
import { pause } from './measure.ts';

/** ms of one inference, one figure a request. CPU is the whole process's, or NaN. */
export interface WorkerdTimes {
  readonly cpuMs: readonly number[];
  readonly wallMs: readonly number[];
}

/** A request is to take so long at least, beside what its own way costs. */
const REQUEST_MS = 400;
const RUNS_MAX = 400;
const BEHIND_MS = 300;

/** Both engines, each alone in a workerd of its own, in turn: many inferences in one request. */
export async function measureInWorkerd(
  folder: string,
  graph: BenchGraph,
  requests: number,
): Promise<Record<'simd' | 'ort', WorkerdTimes>> {
  const start = (config: string) =>
    startWorkerd({ configPaths: [config], folder, persistPath: folder });
  const simd = await start(ENGINE_CONFIGS.simd);
  const ort = await start(ENGINE_CONFIGS.ort);
  try {
    const runsOf = new Map([
      [simd, await chooseRuns(simd, graph)],
      [ort, await chooseRuns(ort, graph)],
    ]);
    const times = { simd: newTimes(), ort: newTimes() };
    for (let i = 0; i < requests; i++) {
      await measure(simd, graph, runsOf.get(simd) ?? 1, times.simd);
      await measure(ort, graph, runsOf.get(ort) ?? 1, times.ort);
    }
    return times;
  } finally {
    await simd.stop();
    await ort.stop();
  }
}

/**
 * CPU ms of the first inference after a load, in `starts` fresh processes an engine, in turn: one
 * request only loads, one infers, and one without an inference shows what a request takes.
 */
export async function measureFirstInWorkerd(
  folder: string,
  graph: BenchGraph,
  starts: number,
): Promise<Record<'simd' | 'ort', readonly number[]>> {
  const first = { simd: [] as number[], ort: [] as number[] };
  for (let i = 0; i < starts; i++) {
    for (const engine of ['simd', 'ort'] as const) {
      const configPaths = [ENGINE_CONFIGS[engine]];
      const workerd = await startWorkerd({ configPaths, folder, persistPath: folder });
      try {
        await ask(workerd.url, graph, 0);
        const whole = await cpuOf(workerd, () => ask(workerd.url, graph, 1));
        const empty = await cpuOf(workerd, () => ask(workerd.url, graph, 0));
        first[engine].push(whole - empty);
      } finally {
        await workerd.stop();
      }
    }
  }
  return first;
}

/** What the compiler's threads do behind the answer belongs to the inference. */
async function cpuOf({ use }: Workerd, work: () => Promise<unknown>): Promise<number> {
  await pause(BEHIND_MS);
  const before = use?.threadCpuMs() ?? Number.NaN;
  await work();
  await pause(BEHIND_MS);
  return (use?.threadCpuMs() ?? Number.NaN) - before;
}

function newTimes(): { cpuMs: number[]; wallMs: number[] } {
  return { cpuMs: [], wallMs: [] };
}

/** After two requests that load the graph and bring the optimized code. */
async function chooseRuns({ url }: Workerd, graph: BenchGraph): Promise<number> {
  await ask(url, graph, 10);
  const start = performance.now();
  await ask(url, graph, 10);
  const oneMs = (performance.now() - start) / 10;
  return Math.min(RUNS_MAX, Math.max(2, Math.ceil(REQUEST_MS / oneMs)));
}

async function measure(
  { url, use }: Workerd,
  graph: BenchGraph,
  runs: number,
  into: { readonly cpuMs: number[]; readonly wallMs: number[] },
): Promise<void> {
  const [cpu, start] = [use?.threadCpuMs() ?? Number.NaN, performance.now()];
  await ask(url, graph, runs);
  into.wallMs.push((performance.now() - start) / runs);
  into.cpuMs.push(((use?.threadCpuMs() ?? Number.NaN) - cpu) / runs);
}
